using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.PluginHost.Consent;

/// <summary>A package that is about to be installed, and whether its user has agreed to what it may do.</summary>
internal sealed record ConsentRequest
{
    /// <summary>The package; every gate was passed.</summary>
    public required PackageVerification Package { get; init; }

    /// <summary>What the user agreed to for the installed plugin of that name; null: none is installed.</summary>
    public PluginPermissions? Agreed { get; init; }

    /// <summary>Whose the name is until now; null: nobody's.</summary>
    public PublisherIdentity? Owner { get; init; }

    /// <summary>Whom this package would take the name from; null: nobody.</summary>
    public PublisherIdentity? Replaced => Owner == Package.Signer!.Publisher ? null : Owner;

    /// <summary>What it may do beyond what was agreed to; null: nothing.</summary>
    public PluginPermissions? Gain => Agreed is null ? null : PluginPermissions.Of(Package.Manifest).GainOver(Agreed);

    /// <summary>Whether the user has not agreed to it yet: it is new, may do more than before, or is another publisher's.</summary>
    public bool IsNeeded => Agreed is null || Gain is not null || Replaced is not null;
}
