using Kilometers.Contracts;
using Kilometers.PluginHost.Installation;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>What <c>km plugins install --json</c> prints.</summary>
internal sealed record InstallReport(IReadOnlyList<InstallListing> Plugins)
{
    /// <summary>Whether all that was to be installed is.</summary>
    public bool IsGood() => Plugins.All(plugin => plugin.Outcome is InstallListing.Installed or InstallListing.Current);
}

/// <summary>One package of it.</summary>
internal sealed record InstallListing
{
    public const string Installed = "installed";
    public const string Current = "up to date";
    public const string Failed = "failed";

    /// <summary>The plugin's name; the file's, where no plugin could be read from it.</summary>
    public required string Name { get; init; }

    public string? Version { get; init; }

    public string? Tier { get; init; }

    /// <summary>One of the words above.</summary>
    public required string Outcome { get; init; }

    /// <summary>What its test start showed; null where it was not test-started.</summary>
    public string? TestStart { get; init; }

    /// <summary>Why it failed; of one that is installed, what is wrong with it all the same: its test start failed, or the API does not answer.</summary>
    public KmError? Error { get; init; }

    public static InstallListing Of(InstalledPackage package) =>
        new()
        {
            Name = package.Verification.Manifest.Name,
            Version = package.Verification.Manifest.Version,
            Tier = package.Verification.Manifest.RequiredTier,
            Outcome = Installed,
            TestStart = package.TestStart?.ToString(),
            Error = package.Failure ?? package.TestStart?.ApiError,
        };
}
