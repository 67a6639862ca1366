using System.Globalization;
using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Consent;

/// <summary>
/// What a plugin may do beyond seeing the session: what the user is asked to agree to, and what is kept of the answer. It has a member for
/// everything that a manifest can ask for (a test compares them), and it alone decides whether another manifest asks for more.
/// </summary>
internal sealed record PluginPermissions
{
    /// <summary>Where it connects to, as the manifest says it.</summary>
    public IReadOnlyList<string> Network
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Whether it keeps files.</summary>
    public bool StateDirectory { get; init; }

    /// <summary>Whether it gets the user's entitlement.</summary>
    public bool Credentials { get; init; }

    /// <summary>Whether it decides about requests, where the administrator's policy grants it.</summary>
    public bool Intercept { get; init; }

    /// <summary>Memory in bytes; null: km's default.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processor time in percent of one core; null: km's default.</summary>
    public int? CpuPercent { get; init; }

    /// <summary>Open files; null: km's default.</summary>
    public int? OpenFiles { get; init; }

    /// <summary>What a manifest asks for.</summary>
    public static PluginPermissions Of(PluginManifest manifest) =>
        new()
        {
            Network = manifest.Capabilities.Network,
            StateDirectory = manifest.Capabilities.StateDirectory,
            Credentials = manifest.Capabilities.Credentials,
            Intercept = manifest.Capabilities.Intercept,
            MemoryBytes = manifest.Limits.MemoryBytes,
            CpuPercent = manifest.Limits.CpuPercent,
            OpenFiles = manifest.Limits.OpenFiles,
        };

    /// <summary>What these permissions allow beyond others.</summary>
    /// <param name="agreed">What the user agreed to.</param>
    /// <returns>Only what is new; null if nothing is.</returns>
    public PluginPermissions? GainOver(PluginPermissions agreed)
    {
        var (mine, theirs) = (Limits(this), Limits(agreed));
        var gain = new PluginPermissions
        {
            Network = [.. Network.Except(agreed.Network, StringComparer.Ordinal)],
            StateDirectory = StateDirectory && !agreed.StateDirectory,
            Credentials = Credentials && !agreed.Credentials,
            Intercept = Intercept && !agreed.Intercept,
            MemoryBytes = mine.MemoryBytes > theirs.MemoryBytes ? mine.MemoryBytes : null,
            CpuPercent = mine.CpuPercent > theirs.CpuPercent ? mine.CpuPercent : null,
            OpenFiles = mine.OpenFiles > theirs.OpenFiles ? mine.OpenFiles : null,
        };
        return gain.Describe(null).Count == 0 ? null : gain;
    }

    /// <summary>Says it for people, one permission in each text, as in "it may …".</summary>
    /// <param name="api">The address of the Kilometers API that the user has set; null: not known.</param>
    public IReadOnlyList<string> Describe(string? api)
    {
        List<string> may = [.. Network.Select(entry => $"connect to {Name(entry, api)}")];
        if (StateDirectory)
            may.Add("keep files in a directory of its own");
        if (Credentials)
            may.Add("get your entitlement (never your API key)");
        if (Intercept)
            may.Add("stop requests, where your administrator's policy grants it");
        if (MemoryBytes is { } memory)
            may.Add(string.Create(CultureInfo.InvariantCulture, $"use {memory >> 20} MiB of memory"));
        if (CpuPercent is { } processor)
            may.Add(string.Create(CultureInfo.InvariantCulture, $"use {processor} % of one processor"));
        if (OpenFiles is { } files)
            may.Add(string.Create(CultureInfo.InvariantCulture, $"have {files} files open"));
        return may;
    }

    /// <summary>Says what leaves this machine, and to whom.</summary>
    /// <param name="api">The address of the Kilometers API that the user has set; null: not known.</param>
    public string DescribeTraffic(string? api) =>
        Network.Count == 0
            ? "km connects it to no host."
            : $"The messages it sees can leave this machine, to: {string.Join(", ", Network.Select(entry => Name(entry, api)))}";

    private static string Name(string entry, string? api) =>
        NetworkEntry.Describe(entry) + (entry == NetworkEntry.KilometersApi && api is not null ? $" ({api})" : "");

    private static PluginLimits Limits(PluginPermissions permissions) =>
        PluginLimits.From(
            new ResourceLimits
            {
                MemoryBytes = permissions.MemoryBytes,
                CpuPercent = permissions.CpuPercent,
                OpenFiles = permissions.OpenFiles,
            }
        );
}
