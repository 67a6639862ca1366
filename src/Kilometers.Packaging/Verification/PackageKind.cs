using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Verification;

/// <summary>What a package is of, as its predicate type says.</summary>
public enum PackageKind
{
    /// <summary>A plugin.</summary>
    Plugin = 0,

    /// <summary>km itself.</summary>
    Km,
}

internal static class PackageKindSigner
{
    /// <summary>What the signer of such a package must be for.</summary>
    public static SignerRole Signer(this PackageKind kind) => kind == PackageKind.Km ? SignerRole.KmPublisher : SignerRole.Publisher;
}
