using System.Runtime.InteropServices;
using Kilometers.Contracts;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;

namespace Kilometers.PluginHost.Installation;

/// <summary>What packages are held against on this machine, for this user, now.</summary>
internal static class HostPolicy
{
    /// <summary>This system, as manifests call it.</summary>
    public static string Os { get; } =
        OperatingSystem.IsWindows() ? "windows"
        : OperatingSystem.IsMacOS() ? "macos"
        : "linux";
    private static readonly string Arch = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";

    /// <summary>This machine, as the API calls it: <c>linux-x64</c>.</summary>
    public static string Platform { get; } = $"{Os}-{Arch}";

    /// <param name="paths">Where trust and registry are.</param>
    /// <param name="builtInRoot">The root that km was published with, PEM; null: none.</param>
    /// <param name="cliVersion">SemVer of km.</param>
    /// <param name="time">The clock.</param>
    /// <param name="view">The user's entitlement.</param>
    /// <param name="trust">The roots and the revocations, and what could not be used of them.</param>
    /// <exception cref="KmException"><c>PLG_SIG_007</c>: the revocation list cannot be used.</exception>
    public static VerificationPolicy Create(
        PluginPaths paths,
        string? builtInRoot,
        string cliVersion,
        TimeProvider time,
        EntitlementView view,
        out TrustConfiguration trust
    )
    {
        var now = time.GetUtcNow();
        trust = TrustConfiguration.Read(paths, builtInRoot, now);
        var registry = PluginRegistry.Read(paths.Registry, out _);
        return new VerificationPolicy
        {
            Roots = trust.Roots,
            Revocations = trust.Revocations,
            Now = now,
            HighestSequence = registry.HighestSequence,
            Host = new HostFacts
            {
                CliVersion = cliVersion,
                Os = Os,
                Arch = Arch,
                ProtocolVersions = PluginSession.Versions,
                Tier = view.Tier,
                CustomerId = view.CustomerId,
                KeyId = view.KeyId ?? ApiKeySource.OfEnvironment()?.Id,
            },
        };
    }
}
