using Kilometers.Contracts.Packages;

namespace Kilometers.Packaging.Archive;

/// <summary>The sizes of a package's members, in bytes.</summary>
public static class PackageLimits
{
    /// <summary>The largest attestation.</summary>
    public const int Attestation = 1 << 20;

    /// <summary>The largest chain of certificates.</summary>
    public const int Chain = 16 << 10;

    /// <summary>The largest package: the largest members, their headers and the end.</summary>
    public const long Package = ManifestRules.MaxPayload + Attestation + Chain + (16 << 10);
}
