using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Consent;

/// <summary>What the user decided about a plugin of some name. What was installed before that was recorded counts as agreed to.</summary>
/// <param name="Agreed">What it may do; null: it is not installed.</param>
/// <param name="At">When the user agreed; null: not known, or not installed.</param>
internal sealed record KnownPlugin(PluginPermissions? Agreed, DateTimeOffset? At)
{
    /// <param name="registered">What the registry has; null: nothing.</param>
    /// <param name="installed">The installed package; null: there is none. Only what a trusted signer says counts.</param>
    public static KnownPlugin Of(RegisteredPlugin? registered, PackageVerification? installed)
    {
        if (installed is not { Signer: not null, Unverified: { } manifest }) return new(null, null);
        return new(registered?.Agreed ?? PluginPermissions.Of(manifest), registered?.AgreedAt ?? registered?.Installed);
    }

    /// <summary>The same for a package that was found in a project; of any other, the user decided nothing.</summary>
    /// <param name="trusted">The projects that the user trusts.</param>
    /// <param name="paths">Which project it is.</param>
    /// <param name="package">The package.</param>
    public static KnownPlugin Of(TrustedProjects trusted, PluginPaths paths, FoundPackage package) =>
        package.Candidate.Origin == PluginOrigin.Project && paths.Project is { } project && trusted.Find(project, package.Name) is { } known
            ? new(known.Permissions, known.At)
            : new(null, null);
}
