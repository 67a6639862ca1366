using System.Security.Cryptography;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Building;

/// <summary>What a package is made of.</summary>
public sealed record PackageSource
{
    /// <summary>What the plugin's author wrote.</summary>
    public required PluginDescription Description { get; init; }

    /// <summary><c>linux</c>, <c>macos</c> or <c>windows</c>.</summary>
    public required string Os { get; init; }

    /// <summary><c>x64</c> or <c>arm64</c>.</summary>
    public required string Arch { get; init; }

    /// <summary>The plugin's files, in any order.</summary>
    public required IReadOnlyList<PayloadFile> Files { get; init; }

    /// <summary>The only customer that may run it; null: everybody may.</summary>
    public CustomerStamp? Customer { get; init; }

    /// <summary>Where the files come from. The payload does not depend on it.</summary>
    public required BuildOrigin Build { get; init; }
}

/// <summary>Whom a package is made for, and who vouches for that.</summary>
public sealed record CustomerStamp
{
    /// <summary>The customer, this build of theirs, and the public part of their API key.</summary>
    public required CustomerBinding Binding { get; init; }

    /// <summary>The URL of who issues the customer's entitlements.</summary>
    public required string Issuer { get; init; }

    /// <summary>The issuer's private key, RSA of at least 3072 bits.</summary>
    public required RSA IssuerKey { get; init; }
}
