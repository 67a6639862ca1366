using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Consent;

/// <summary>What the user decided about a plugin of some name. What was installed before that was recorded counts as agreed to.</summary>
/// <param name="Agreed">What it may do; null: it is not installed.</param>
/// <param name="At">When the user agreed; null: not known, or not installed.</param>
/// <param name="Publisher">Whose name it is, even if it was removed; null: nobody's yet.</param>
internal sealed record KnownPlugin(PluginPermissions? Agreed, DateTimeOffset? At, PublisherIdentity? Publisher)
{
    /// <summary>Looks at the registry and at the package that the user installed under a name.</summary>
    /// <param name="paths">Where they are.</param>
    /// <param name="name">A valid name.</param>
    /// <param name="policy">What packages are held against.</param>
    /// <exception cref="KmException">There is a package, and it cannot be opened.</exception>
    public static KnownPlugin Read(PluginPaths paths, string name, VerificationPolicy policy)
    {
        var registered = PluginRegistry.Read(paths.Registry, out _).Plugins.GetValueOrDefault(name);
        if (!File.Exists(paths.PackageOf(name)))
            return Of(registered, null);
        using var installed = PackageOpener.Open(paths.PackageOf(name));
        return Of(registered, new PackageVerifier(policy).VerifyFront(installed));
    }

    /// <param name="registered">What the registry has; null: nothing.</param>
    /// <param name="installed">The installed package; null: there is none. Only what a trusted signer says counts.</param>
    public static KnownPlugin Of(RegisteredPlugin? registered, PackageVerification? installed)
    {
        if (installed is not { Signer: { } signer, Unverified: { } manifest })
            return new(null, null, registered?.Publisher);
        return new(
            registered?.Agreed ?? PluginPermissions.Of(manifest),
            registered?.AgreedAt ?? registered?.Installed,
            registered?.Publisher ?? signer.Publisher
        );
    }

    /// <summary>The same for a package that was found in a project; of any other, the user decided nothing.</summary>
    /// <param name="trusted">The projects that the user trusts.</param>
    /// <param name="paths">Which project it is.</param>
    /// <param name="package">The package.</param>
    public static KnownPlugin Of(TrustedProjects trusted, PluginPaths paths, FoundPackage package) =>
        package.Candidate.Origin == PluginOrigin.Project && paths.Project is { } project && trusted.Find(project, package.Name) is { } known
            ? new(known.Permissions, known.At, known.Publisher)
            : new(null, null, null);
}
