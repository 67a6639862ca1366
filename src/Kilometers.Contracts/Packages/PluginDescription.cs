using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Packages;

/// <summary>
/// What a plugin's author says about it: the content of <c>manifest.json</c> in the plugin's project. Packing completes it to a
/// <see cref="PluginManifest"/>. Texts are printable; <see cref="ManifestRules"/> says what else holds.
/// </summary>
public record PluginDescription
{
    // System.Text.Json's source generation sets every init-only member, also one that the JSON leaves out: then to null, whatever its
    // initializer says. So the setters of optional members give their defaults themselves.

    /// <summary>The name, see <see cref="PluginName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>SemVer.</summary>
    public required string Version { get; init; }

    /// <summary>Rises with every release, from 1; km never goes back to a lower one by itself.</summary>
    public required long ReleaseSequence { get; init; }

    /// <summary>One sentence, at most 500 characters.</summary>
    public required string Description { get; init; }

    /// <summary>Who made it, at most 200 characters.</summary>
    public required string Author { get; init; }

    /// <summary><c>logging</c>, <c>analytics</c>, <c>security</c> or <c>integration</c>.</summary>
    public required string Category { get; init; }

    /// <summary><c>Free</c>, <c>Pro</c> or <c>Enterprise</c>.</summary>
    public required string RequiredTier { get; init; }

    /// <summary>Features of the customer's entitlement that it uses, like <c>api_logging</c>.</summary>
    public IReadOnlyList<string> Features
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Versions of the km contract that it speaks.</summary>
    public required IReadOnlyList<int> ProtocolVersions { get; init; }

    /// <summary>The oldest km that it works with, SemVer.</summary>
    public required string MinimumCliVersion { get; init; }

    /// <summary>The newest km that it works with, SemVer; null: any.</summary>
    public string? MaximumCliVersion { get; init; }

    /// <summary>The file that km starts, a path within the payload.</summary>
    public required string Entrypoint { get; init; }

    /// <summary>What it may do; nothing by default.</summary>
    public PluginCapabilities Capabilities
    {
        get;
        init => field = value ?? new();
    } = new();

    /// <summary>What it needs of the machine; where null, km's defaults.</summary>
    public ResourceLimits Limits
    {
        get;
        init => field = value ?? new();
    } = new();

    /// <summary>The settings that it has; null: it does not say, and km checks none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PluginSetting>? Settings { get; init; }

    /// <summary><c>best_effort</c> or <c>guaranteed</c>.</summary>
    public string Delivery
    {
        get;
        init => field = value ?? "best_effort";
    } = "best_effort";
}

/// <summary>What a plugin may do beyond seeing the session. Nothing unless it says so.</summary>
public sealed record PluginCapabilities
{
    /// <summary>What it connects to, through km: each <c>host:port</c>, <see cref="NetworkEntry.KilometersApi"/>, or <c>setting:NAME</c>.</summary>
    public IReadOnlyList<string> Network
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Whether it keeps files, in a directory of its own.</summary>
    public bool StateDirectory { get; init; }

    /// <summary>Whether it gets the customer's entitlement.</summary>
    public bool Credentials { get; init; }

    /// <summary>
    /// Whether it decides about requests before the server sees them (<see cref="InterceptFeature"/>). Only where the administrator's policy
    /// grants it.
    /// </summary>
    public bool Intercept { get; init; }

    /// <summary>The feature of the customer's entitlement, of the Enterprise tier, without which no plugin decides about requests.</summary>
    public const string InterceptFeature = "interception";
}

/// <summary>The most that a plugin may use.</summary>
public sealed record ResourceLimits
{
    /// <summary>Memory in bytes, 16 MiB to 16 GiB.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processor time in percent of one core, 1 to 6400.</summary>
    public int? CpuPercent { get; init; }

    /// <summary>Open files, 64 to 65536.</summary>
    public int? OpenFiles { get; init; }
}
