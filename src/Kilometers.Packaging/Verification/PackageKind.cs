namespace Kilometers.Packaging.Verification;

/// <summary>What a package is of, as its predicate type says.</summary>
public enum PackageKind
{
    /// <summary>A plugin.</summary>
    Plugin = 0,

    /// <summary>km itself.</summary>
    Km,
}
