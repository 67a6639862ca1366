using Kilometers.Files;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Discovery;

namespace Kilometers.PluginHost.Installation;

/// <summary>Takes a package through all gates only to see what becomes of it.</summary>
internal static class PackageCheck
{
    /// <exception cref="Contracts.KmException">The file cannot be read.</exception>
    /// <exception cref="IOException">There is no room for a temporary copy.</exception>
    public static PackageVerification Verify(string path, VerificationPolicy policy, CancellationToken cancellationToken)
    {
        using var package = PackageOpener.Open(path);
        using var copy = ScratchFile.Create();
        return new PackageVerifier(policy).Verify(package, copy, null, null, cancellationToken);
    }
}
