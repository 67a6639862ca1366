namespace Kilometers.Contracts.Api;

/// <summary>The answer to <c>GET /api/plugins/available</c>.</summary>
public sealed record AvailablePlugins
{
    /// <summary>The customer's tier.</summary>
    public required string Tier { get; init; }

    /// <summary>The newest release of each plugin for the platform that was asked for, by name; those of higher tiers too.</summary>
    public required IReadOnlyList<AvailablePlugin> Plugins { get; init; }
}

/// <summary>One plugin that the API has.</summary>
public sealed record AvailablePlugin
{
    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>SemVer.</summary>
    public required string Version { get; init; }

    /// <summary>Rises with each release; at least 1.</summary>
    public required long ReleaseSequence { get; init; }

    /// <summary>One sentence.</summary>
    public required string Description { get; init; }

    /// <summary>See <c>PluginDescription.Category</c>.</summary>
    public required string Category { get; init; }

    /// <summary>The lowest tier that may have it.</summary>
    public required string RequiredTier { get; init; }

    /// <summary>Whether the customer's tier covers it.</summary>
    public required bool Included { get; init; }

    /// <summary>The lowest version of km that it runs under.</summary>
    public required string MinimumCliVersion { get; init; }
}

/// <summary>The body of <c>POST /api/plugins/provision</c>.</summary>
public sealed record ProvisionRequest
{
    /// <summary>For example <c>linux-x64</c>: system and processor as in a manifest.</summary>
    public required string Platform { get; init; }

    /// <summary>Names of plugins, or <c>all</c> alone: all that the tier covers.</summary>
    public required IReadOnlyList<string> Plugins { get; init; }
}

/// <summary>The answer to <c>POST /api/plugins/provision</c>.</summary>
public sealed record ProvisionedPackages
{
    /// <summary>The customer's packages, by name.</summary>
    public required IReadOnlyList<ProvisionedPackage> Packages { get; init; }
}

/// <summary>One package that was built for the customer.</summary>
public sealed record ProvisionedPackage
{
    /// <summary>The build, as the package's manifest and seal name it.</summary>
    public required string Id { get; init; }

    /// <summary>The plugin's name.</summary>
    public required string Name { get; init; }

    /// <summary>SemVer.</summary>
    public required string Version { get; init; }

    /// <summary>Rises with each release.</summary>
    public required long ReleaseSequence { get; init; }

    /// <summary>Bytes of the package file.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of the package file, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The plugin's tier.</summary>
    public required string Tier { get; init; }

    /// <summary>Where to get it with the customer's key: relative to the API's address.</summary>
    public required string DownloadUrl { get; init; }

    /// <summary>Until when that address answers.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The package's usual file name, <c>km-plugin-NAME-HASH.kmpkg</c>.</summary>
    public required string FileName { get; init; }
}
