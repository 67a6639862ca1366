using System.Globalization;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Recordings.Writing;

namespace Kilometers.Plugins.Recorder;

/// <summary>What is kept of payloads.</summary>
internal enum Payloads
{
    /// <summary>Nothing: only that a message passed, its method, size and latency.</summary>
    Off,

    /// <summary>Payloads, their secrets masked.</summary>
    Masked,

    /// <summary>Payloads as they passed.</summary>
    Full,
}

/// <summary>The plugin's settings, checked (docs/plugins/recorder.md).</summary>
internal sealed record RecorderSettings
{
    private static readonly string[] Known = ["payloads", "max_size", "max_age", "redact_keys", "redact_patterns"];

    public required string Folder { get; init; }

    public required Payloads Payloads { get; init; }

    public required RecordingOptions Options { get; init; }

    public required Redactor Redactor { get; init; }

    /// <summary>Settings that mean nothing here: typing errors, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is invalid; the message says which and what it may be.</exception>
    public static RecorderSettings Read(PluginConfiguration configuration)
    {
        var settings = configuration.Settings;
        return new()
        {
            Folder =
                configuration.StateDirectory.Length > 0
                    ? configuration.StateDirectory
                    : throw new ArgumentException(
                        "There is nowhere to record: this km gives the plugin no state directory. Install it: km plugins install recorder"
                    ),
            Payloads = Enum.Parse<Payloads>(OneOf(settings, "payloads", "masked", "off", "full"), ignoreCase: true),
            Options = new RecordingOptions
            {
                MaxBytes = Number(settings, "max_size", "megabytes", 16, 1000, 1000) * 1_000_000,
                MaxAge = TimeSpan.FromDays(Number(settings, "max_age", "days", 1, 3650, 30)),
            },
            Redactor = RedactorOf(settings),
            Unknown = [.. settings.Keys.Except(Known).Order(StringComparer.Ordinal)],
        };
    }

    private static Redactor RedactorOf(IReadOnlyDictionary<string, string> settings)
    {
        const StringSplitOptions Tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        try
        {
            return new(Text(settings, "redact_keys", "").Split(',', Tidy), Text(settings, "redact_patterns", "").Split('\n', Tidy));
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"redact_patterns: {exception.Message}", exception);
        }
    }

    private static string Text(IReadOnlyDictionary<string, string> settings, string name, string otherwise) =>
        settings.TryGetValue(name, out var value) && value.Trim() is { Length: > 0 } text ? text : otherwise;

    private static long Number(IReadOnlyDictionary<string, string> settings, string name, string unit, long min, long max, long otherwise)
    {
        var text = Text(settings, name, otherwise.ToString(CultureInfo.InvariantCulture));
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new ArgumentException($"{name} must be a whole number of {unit} from {min} to {max}: '{text}'.");
    }

    private static string OneOf(IReadOnlyDictionary<string, string> settings, string name, params string[] values)
    {
        var text = Text(settings, name, values[0]);
        return values.Contains(text) ? text : throw new ArgumentException($"{name} must be {string.Join(", ", values)}: '{text}'.");
    }
}
