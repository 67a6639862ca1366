using Kilometers.Contracts.Api;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Discovery;

/// <summary>The installed builds that name a customer: what the API is asked about.</summary>
internal static class PluginBuilds
{
    /// <summary>Those among packages that were looked at.</summary>
    public static IReadOnlyList<InstalledBuild> Of(IEnumerable<FoundPackage> packages) =>
        [
            .. packages
                .Select(package => package.Front?.Unverified)
                .Where(manifest => manifest?.Customer is not null)
                .Select(manifest => new InstalledBuild
                {
                    Name = manifest!.Name,
                    Version = manifest.Version,
                    BuildId = manifest.Customer!.BuildId,
                }),
        ];

    /// <summary>Those of this machine.</summary>
    /// <param name="paths">Where plugins are.</param>
    /// <param name="policy">What they are held against.</param>
    public static IReadOnlyList<InstalledBuild> Installed(PluginPaths paths, VerificationPolicy policy)
    {
        var discovery = new PluginDiscovery(paths);
        return Of(discovery.Resolve(discovery.List(), new PackageVerifier(policy)));
    }
}
