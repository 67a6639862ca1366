using System.Globalization;
using Kilometers.Analytics.Writing;
using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Analytics;

/// <summary>The plugin's settings, checked (docs/plugins/analytics.md).</summary>
internal sealed record AnalyticsSettings
{
    private static readonly string[] Known = ["max_size", "max_age"];

    public required string Folder { get; init; }

    public required AnalyticsOptions Options { get; init; }

    /// <summary>Settings that mean nothing here: typing errors, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is invalid; the message says which and what it may be.</exception>
    public static AnalyticsSettings Read(PluginConfiguration configuration)
    {
        var settings = configuration.Settings;
        return new()
        {
            Folder =
                configuration.StateDirectory.Length > 0
                    ? configuration.StateDirectory
                    : throw new ArgumentException("There is nowhere to keep figures: this km gives the plugin no state directory."),
            Options = new AnalyticsOptions
            {
                MaxBytes = Number(settings, "max_size", "megabytes", 8, 1000, 100) * 1_000_000,
                MaxAge = TimeSpan.FromDays(Number(settings, "max_age", "days", 1, 3650, 90)),
            },
            Unknown = [.. settings.Keys.Except(Known).Order(StringComparer.Ordinal)],
        };
    }

    private static long Number(IReadOnlyDictionary<string, string> settings, string name, string unit, long min, long max, long otherwise)
    {
        var text = settings.TryGetValue(name, out var given) && given.Trim() is { Length: > 0 } trimmed ? trimmed : $"{otherwise}";
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new ArgumentException($"{name} must be a whole number of {unit} from {min} to {max}: '{text}'.");
    }
}
