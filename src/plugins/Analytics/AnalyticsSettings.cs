using Kilometers.Analytics.Writing;
using Kilometers.Plugin.Sdk;

namespace Kilometers.Plugins.Analytics;

/// <summary>The plugin's settings, checked (docs/plugins/analytics.md).</summary>
internal sealed record AnalyticsSettings
{
    private static readonly string[] Known = ["max_size", "max_age", "alarm_rate"];

    public required string Folder { get; init; }

    public required AnalyticsOptions Options { get; init; }

    /// <summary>False alarms per 1,000 hours of sessions, at most; 0: no alarms.</summary>
    public required double AlarmRate { get; init; }

    /// <summary>Settings that mean nothing here: typing errors, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is invalid; the message says which and what it may be.</exception>
    public static AnalyticsSettings Read(PluginConfiguration configuration)
    {
        return new()
        {
            Folder =
                configuration.StateDirectory.Length > 0
                    ? configuration.StateDirectory
                    : throw new ArgumentException("There is nowhere to keep figures: this km gives the plugin no state directory."),
            Options = new AnalyticsOptions
            {
                MaxBytes = configuration.Number("max_size", "megabytes", 8, 1000, 100) * 1_000_000,
                MaxAge = TimeSpan.FromDays(configuration.Number("max_age", "days", 1, 3650, 90)),
            },
            AlarmRate = configuration.Number("alarm_rate", "alarms per 1,000 hours", 0, 1000, 10),
            Unknown = configuration.UnknownSettings(Known),
        };
    }
}
