using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Entitlements.Seals;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Building;

/// <summary>Makes packages: the payload first, then the statement about it, which is everything that will be signed.</summary>
public static class PackageBuilder
{
    /// <summary>Makes a payload and its statement. The same source gives the same payload bytes, whatever its build says.</summary>
    /// <param name="source">What it is made of.</param>
    /// <param name="payload">Gets the payload: empty, readable and seekable.</param>
    /// <param name="progress">Gets the bytes of files read so far; null: nobody is told.</param>
    /// <returns>The statement; nobody has signed it yet.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_MAN_002</c> or <c>PLG_PKG_007</c>: the source breaks a rule, or cannot be sealed for the customer.</exception>
    /// <exception cref="IOException">A file cannot be read, or the payload not be written.</exception>
    public static PackageDraft Build(PackageSource source, Stream payload, IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(payload);
        Check(source);
        var files = Seal(source).Select(file => file.Path == source.Description.Entrypoint ? file with { IsExecutable = true } : file);
        var listed = PayloadWriter.Write(payload, files, progress);
        payload.Position = 0;
        var digest = Convert.ToHexStringLower(SHA256.HashData(payload));
        payload.Position = 0;
        var manifest = Complete(source, listed, payload.Length);
        Refuse(ManifestRules.Check(manifest));
        var isKm = manifest.Name == KmRelease.Name;
        if (isKm)
            Refuse(KmRelease.Check(manifest));
        var statement = PackageJson.Write(
            new PackageStatement
            {
                Type = PackageStatement.StatementType,
                Subject =
                [
                    new StatementSubject
                    {
                        Name = PackageStatement.SubjectName,
                        Digest = new SubjectDigest { Sha256 = digest },
                    },
                ],
                PredicateType = isKm ? KmRelease.PredicateType : PluginManifest.PredicateType,
                Predicate = manifest,
            }
        );
        return new PackageDraft(manifest, digest, statement);
    }

    /// <summary>Finds out, without reading a file, whether a source breaks a rule.</summary>
    /// <exception cref="PackageFormatException"><c>PLG_MAN_002</c> or <c>PLG_PKG_007</c>: it does.</exception>
    public static void Check(PackageSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Refuse(ManifestRules.Check(source.Description));
        if (source.Files.FirstOrDefault(file => !ManifestRules.IsPath(file.Path)) is { } wrong)
            throw new PackageFormatException(
                ErrorCode.PackageSource,
                $"The file '{Printable(wrong.Path)}' has a name that is not the same file on every system: letters, digits and '._+-', at most 100"
            );
        if (!source.Files.Any(file => file.Path == source.Description.Entrypoint))
            throw new PackageFormatException(
                ErrorCode.PackageSource,
                $"The entrypoint {source.Description.Entrypoint} is not among the files"
            );
    }

    private static IEnumerable<PayloadFile> Seal(PackageSource source)
    {
        if (source.Files.Any(file => Path.GetFileName(file.Path).Equals(SealedExecutable.FileName, StringComparison.OrdinalIgnoreCase)))
            throw new PackageFormatException(
                ErrorCode.PackageSource,
                $"A file {SealedExecutable.FileName} is made by packing, and never given"
            );
        var entrypoint = source.Files.First(file => file.Path == source.Description.Entrypoint);
        var (beginning, end) = ReadEnds(entrypoint);
        if (!SealedExecutable.Find(end).IsEmpty)
            throw new PackageFormatException(ErrorCode.PackageSource, "The entrypoint carries a customer's seal already");
        if (source.Customer is not { } customer)
            return source.Files;
        byte[] seal;
        try
        {
            seal = new CustomerSeal
            {
                CustomerId = customer.Binding.Id,
                BuildId = customer.Binding.BuildId,
                KeyId = customer.Binding.KeyId,
                Issuer = customer.Issuer,
                IssuerKey = customer.IssuerKey.ExportSubjectPublicKeyInfo(),
                Plugin = source.Description.Name,
                Version = source.Description.Version,
            }.Sign(customer.IssuerKey);
        }
        catch (CryptographicException e)
        {
            throw new PackageFormatException(ErrorCode.SigningKeys, $"The issuer's key cannot sign: {e.Message}");
        }

        if (CustomerSeal.Read(seal) is null)
            throw new PackageFormatException(
                ErrorCode.PackageSource,
                "No valid seal can be made: the issuer is an http or https URL, its key RSA of at least 3072 bits"
            );

        // What is appended to a signed macOS binary breaks its signature; a script would run it.
        return source.Os != "macos" && SealedExecutable.CanAppend(beginning)
            ? source.Files.Select(file => file == entrypoint ? file with { Trailer = SealedExecutable.Trailer(seal) } : file)
            : source.Files.Append(
                new PayloadFile(SealedExecutable.FileBeside(entrypoint.Path), () => new MemoryStream(seal), IsExecutable: false)
            );
    }

    private static (byte[] Beginning, byte[] End) ReadEnds(PayloadFile file)
    {
        using var content = file.Content();
        var beginning = new byte[Math.Min(content.Length, 4)];
        content.ReadExactly(beginning);
        var end = new byte[Math.Min(content.Length, SealedExecutable.TailSize)];
        content.Position = content.Length - end.Length;
        content.ReadExactly(end);
        return (beginning, end);
    }

    private static PluginManifest Complete(PackageSource source, IReadOnlyList<PackagedFile> files, long payloadSize)
    {
        var plugin = source.Description;
        return new PluginManifest
        {
            Name = plugin.Name,
            Version = plugin.Version,
            ReleaseSequence = plugin.ReleaseSequence,
            Description = plugin.Description,
            Author = plugin.Author,
            Category = plugin.Category,
            RequiredTier = plugin.RequiredTier,
            Features = plugin.Features,
            ProtocolVersions = plugin.ProtocolVersions,
            MinimumCliVersion = plugin.MinimumCliVersion,
            Settings = plugin.Settings,
            MaximumCliVersion = plugin.MaximumCliVersion,
            Entrypoint = plugin.Entrypoint,
            Capabilities = plugin.Capabilities,
            Limits = plugin.Limits,
            Delivery = plugin.Delivery,
            Os = source.Os,
            Arch = source.Arch,
            PayloadSize = payloadSize,
            Files = files,
            Customer = source.Customer?.Binding,
            Build = source.Build,
        };
    }

    private static void Refuse(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
            throw new PackageFormatException(ErrorCode.ManifestRule, string.Join('\n', faults));
    }

    private static string Printable(string text) => string.Concat(text.Take(120).Select(c => char.IsControl(c) ? '?' : c));
}

/// <summary>A package's statement before anybody signed it.</summary>
/// <param name="Manifest">The manifest.</param>
/// <param name="PayloadDigest">SHA-256 of the payload, hexadecimal digits.</param>
/// <param name="Statement">The exact bytes to be signed, an in-toto statement in UTF-8.</param>
public sealed record PackageDraft(PluginManifest Manifest, string PayloadDigest, byte[] Statement)
{
    /// <summary>The name of the package's file.</summary>
    public string FileName => PackageWriter.FileName(Manifest.Name, PayloadDigest);

    /// <summary>Puts the packed files into a folder, as km does when it starts the plugin.</summary>
    /// <param name="payload">The payload, from its beginning.</param>
    /// <param name="directory">An empty folder.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PackageFormatException">The payload is not that of this statement.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Unpack(Stream payload, string directory, CancellationToken cancellationToken) =>
        PayloadExtractor.Extract(payload, Manifest, directory, cancellationToken);

    /// <summary>Writes a package that nobody has signed; it is refused everywhere until somebody has.</summary>
    /// <param name="package">Gets the bytes.</param>
    /// <param name="payload">The payload, from its beginning.</param>
    /// <exception cref="PackageFormatException">The manifest is too large.</exception>
    /// <exception cref="IOException">Reading or writing failed.</exception>
    public void WriteUnsigned(Stream package, Stream payload) =>
        PackageWriter.Write(package, DsseEnvelope.Unsigned(PackageStatement.PayloadType, Statement), [], payload, Manifest.PayloadSize);

    /// <summary>Signs it and writes the package.</summary>
    /// <param name="package">Gets the bytes.</param>
    /// <param name="payload">The payload, from its beginning.</param>
    /// <param name="signer">Who signs.</param>
    /// <exception cref="PackageFormatException">The manifest is too large, or the signer failed or is not for this kind of package.</exception>
    /// <exception cref="IOException">Reading or writing failed.</exception>
    public void WriteSigned(Stream package, Stream payload, ISigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        PackageSigning.CheckRole(signer, Manifest.Name == KmRelease.Name ? PackageKind.Km : PackageKind.Plugin);
        PackageWriter.Write(
            package,
            DsseEnvelope.Sign(PackageStatement.PayloadType, Statement, signer),
            Encoding.ASCII.GetBytes(signer.ChainPem),
            payload,
            Manifest.PayloadSize
        );
    }
}
