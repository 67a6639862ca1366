using System.Text;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.PluginHost.Installation;

/// <summary>Whom this user trusts, and what was revoked: built in, the administrator's, the user's.</summary>
internal sealed class TrustConfiguration
{
    /// <summary>Bytes of a certificate in PEM form.</summary>
    public const int MaxRoot = 64 * 1024;

    private TrustConfiguration(
        IReadOnlyList<TrustRoot> roots,
        IReadOnlyList<TrustRoot> rootsForKm,
        RevocationList revocations,
        IReadOnlyList<KmError> warnings
    )
    {
        Roots = roots;
        RootsForKm = rootsForKm;
        Revocations = revocations;
        Warnings = warnings;
    }

    public IReadOnlyList<TrustRoot> Roots { get; }

    /// <summary>
    /// Whose km may replace this km: the built-in root and the administrator's. A root that the user added is for plugins, which are kept
    /// apart; it counts here only for a km that has no root of its own, one from source.
    /// </summary>
    public IReadOnlyList<TrustRoot> RootsForKm { get; }

    public RevocationList Revocations { get; }

    /// <summary>Roots that could not be used: trust that is missing, never trust too much.</summary>
    public IReadOnlyList<KmError> Warnings { get; }

    /// <param name="paths">Where to look.</param>
    /// <param name="builtIn">The root that km was published with, PEM; null: none.</param>
    /// <param name="now">The time at which the revocation list's signer must be valid.</param>
    /// <param name="isReplacing">Whether the revocation list is about to be replaced, so that a damaged one does not matter.</param>
    /// <exception cref="KmException"><c>PLG_SIG_007</c>: there is a revocation list and it cannot be used. Nothing may run without it.</exception>
    public static TrustConfiguration Read(PluginPaths paths, string? builtIn, DateTimeOffset now, bool isReplacing = false)
    {
        var roots = new List<TrustRoot>();
        IReadOnlyList<TrustRoot> notTheUsers = [];
        var warnings = new List<KmError>();
        if (builtIn is not null)
            roots.Add(TrustRoot.Read(builtIn, "km itself", RootOrigin.BuiltIn));
        foreach (var directory in new[] { paths.SystemTrust, paths.Trust })
        {
            if (directory == paths.Trust)
                notTheUsers = [.. roots];
            if (directory is null || !Directory.Exists(directory))
                continue;
            if (DirectoryGuard.Check(directory) is { } unsafeDirectory)
            {
                warnings.Add(unsafeDirectory);
                continue;
            }

            foreach (var file in Directory.EnumerateFiles(directory, "*.pem").Order(StringComparer.Ordinal))
                Add(file, directory == paths.Trust ? RootOrigin.User : RootOrigin.System);
        }

        RevocationList revocations;
        try
        {
            revocations = ReadRevocations(paths, roots, now);
        }
        catch (KmException) when (isReplacing)
        {
            revocations = RevocationList.Empty;
        }

        return new TrustConfiguration(roots, builtIn is null ? roots : notTheUsers, revocations, warnings);

        void Add(string file, RootOrigin origin)
        {
            try
            {
                if (DirectoryGuard.Check(file) is { } unsafeFile)
                    warnings.Add(unsafeFile);
                else
                {
                    var pem = Encoding.UTF8.GetString(PrivateFile.ReadTrusted(file, MaxRoot));
                    var root = TrustRoot.Read(pem, file, origin, new DateTimeOffset(File.GetLastWriteTimeUtc(file)));
                    if (!roots.Exists(known => known.Fingerprint == root.Fingerprint))
                        roots.Add(root);
                }
            }
            catch (Exception e) when (e is PackageFormatException or IOException or UnauthorizedAccessException)
            {
                warnings.Add(
                    new KmError(
                        ErrorCode.InvalidTrustRoot,
                        "A trust root cannot be used",
                        e.Message,
                        $"Remove {file}, or put a root certificate there."
                    )
                );
            }
        }
    }

    private static RevocationList ReadRevocations(PluginPaths paths, List<TrustRoot> roots, DateTimeOffset now)
    {
        try
        {
            if (!File.Exists(paths.Revocations))
                return RevocationList.Empty;
            return RevocationList.Read(PrivateFile.ReadTrusted(paths.Revocations, RevocationList.MaxSize), roots, now);
        }
        catch (Exception e) when (e is PackageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.RevocationList,
                    "The revocation list cannot be used, and without it no plugin runs",
                    e.Message,
                    "Get the current list from whom you have the root: km trust update FILE"
                )
            );
        }
    }
}
