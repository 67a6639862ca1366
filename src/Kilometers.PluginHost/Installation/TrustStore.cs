using System.Text;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost.Installation;

/// <summary>Changes whom the user trusts. Each change is recorded before it is made.</summary>
internal sealed class TrustStore(PluginPaths paths, AuditLog audit, TimeProvider time)
{
    /// <summary>Reads a root that is to be added.</summary>
    /// <exception cref="KmException"><c>CFG_TRU_001</c>: it is none.</exception>
    public static TrustRoot ReadRoot(string path)
    {
        try
        {
            return TrustRoot.Read(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is PackageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidTrustRoot,
                    "This is not a root that can be trusted",
                    e.Message,
                    "Give a self-signed root certificate in PEM form."
                )
            );
        }
    }

    public void Add(TrustRoot root)
    {
        audit.Append(
            new AuditRecord
            {
                Event = "trust.add",
                Decision = AuditDecision.Allowed,
                Digest = root.Fingerprint,
                Detail = root.Certificate.Subject,
            }
        );
        Change(() =>
            PrivateFile.Replace(PathOf(root.Fingerprint), Encoding.ASCII.GetBytes(root.Certificate.ExportCertificatePem() + "\n"))
        );
    }

    /// <summary>Removes a root that the user added.</summary>
    /// <param name="fingerprint">At least 8 first digits of its fingerprint.</param>
    /// <exception cref="KmException">No such root was added by the user.</exception>
    public TrustRoot Remove(string fingerprint)
    {
        var root =
            fingerprint.Length >= 8
                ? Files()
                    .Select(file =>
                        TrustRoot.Read(Encoding.UTF8.GetString(PrivateFile.ReadTrusted(file, TrustConfiguration.MaxRoot)), file)
                    )
                    .FirstOrDefault(root => root.Fingerprint.StartsWith(fingerprint, StringComparison.OrdinalIgnoreCase))
                : null;
        if (root is null)
            throw new KmException(
                new KmError(
                    ErrorCode.InvalidTrustRoot,
                    $"You have added no root with the fingerprint {fingerprint}",
                    Hint: "See: km trust list (at least 8 digits)"
                )
            );
        audit.Append(
            new AuditRecord
            {
                Event = "trust.remove",
                Decision = AuditDecision.Allowed,
                Digest = root.Fingerprint,
                Detail = root.Certificate.Subject,
            }
        );
        Change(() => File.Delete(root.Source));
        return root;
    }

    /// <summary>Takes a newer revocation list.</summary>
    /// <param name="read">Gives its bytes.</param>
    /// <param name="trust">Whom it must be signed by, and the list that is known.</param>
    /// <returns>The list.</returns>
    /// <exception cref="KmException"><c>PLG_SIG_007</c>: it cannot be used, or is older than the one that is known.</exception>
    public RevocationList Update(Func<byte[]> read, TrustConfiguration trust)
    {
        byte[] content;
        RevocationList list;
        try
        {
            content = read();
            list = RevocationList.ReadSuccessor(content, trust.Roots, time.GetUtcNow(), trust.Revocations);
        }
        catch (Exception e) when (e is PackageFormatException or IOException or UnauthorizedAccessException)
        {
            var error = new KmError(
                ErrorCode.RevocationList,
                "This revocation list is not taken",
                e.Message,
                "Get the current list from whom you have the root."
            );
            audit.Append(
                new AuditRecord
                {
                    Event = "trust.revocations",
                    Decision = AuditDecision.Denied,
                    Code = error.Code,
                    Detail = e.Message,
                }
            );
            throw new KmException(error);
        }

        audit.Append(
            new AuditRecord
            {
                Event = "trust.revocations",
                Decision = AuditDecision.Allowed,
                Detail = $"number {list.Number}",
            }
        );
        Change(() => PrivateFile.Replace(paths.Revocations, content));
        return list;
    }

    /// <summary>Trusts the project's packages as they are now, or no longer.</summary>
    /// <param name="packages">They passed the gates before the payload; none: the project is no longer trusted.</param>
    public void Project(IReadOnlyList<PackageVerification> packages)
    {
        var project = Path.GetFullPath(paths.Project!);
        audit.Append(
            new AuditRecord
            {
                Event = packages.Count == 0 ? "project.untrust" : "project.trust",
                Decision = AuditDecision.Allowed,
                Detail =
                    packages.Count == 0 ? project : $"{project}: {string.Join(", ", packages.Select(package => package.Manifest.Name))}",
            }
        );
        Change(() =>
        {
            var trusted = TrustedProjects.Read(paths.TrustedProjects);
            trusted.Projects.Remove(project);
            if (packages.Count > 0)
                trusted.Projects[project] = [.. packages.Select(package => TrustedPackage.Of(package, time.GetUtcNow()))];
            trusted.Write(paths.TrustedProjects);
        });
    }

    private string PathOf(string fingerprint) => Path.Combine(paths.Trust, fingerprint[..16] + ".pem");

    private IEnumerable<string> Files() => Directory.Exists(paths.Trust) ? Directory.EnumerateFiles(paths.Trust, "*.pem") : [];

    private void Change(Action change)
    {
        try
        {
            change();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.InstallationFailed,
                    "The change could not be written",
                    e.Message,
                    $"Check the permissions of {paths.Home}"
                )
            );
        }
    }
}
