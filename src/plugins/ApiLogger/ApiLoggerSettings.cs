using System.Globalization;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.ApiLogger.Sending;
using Kilometers.Plugins.ApiLogger.Spooling;

namespace Kilometers.Plugins.ApiLogger;

/// <summary>What is kept of each message.</summary>
internal enum Capture
{
    /// <summary>Nothing is recorded.</summary>
    Off,

    /// <summary>Everything but the payload.</summary>
    Metadata,

    /// <summary>Everything, its secrets masked.</summary>
    Full,
}

/// <summary>The plugin's settings, checked (docs/plugins/api-logger.md).</summary>
internal sealed record ApiLoggerSettings
{
    private const long MegaByte = 1 << 20;
    private const long MaxSegment = 4 * MegaByte;

    private static readonly string[] Known =
    [
        "endpoint",
        "spool_directory",
        "spool_size",
        "durability",
        "capture",
        "redact_keys",
        "redact_patterns",
        "batch_events",
        "batch_size",
        "batch_time",
    ];

    public required Uri Endpoint { get; init; }

    public required string SpoolDirectory { get; init; }

    public required SpoolLimits SpoolLimits { get; init; }

    public required Capture Capture { get; init; }

    public required Redactor Redactor { get; init; }

    public required BatchLimits BatchLimits { get; init; }

    /// <summary>Settings that mean nothing here: a slip of the pen, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is missing or invalid; the message says which and what it may be.</exception>
    public static ApiLoggerSettings Read(PluginConfiguration configuration)
    {
        var settings = configuration.Settings;
        var spoolSize = Number(settings, "spool_size", "megabytes", 1, 65536, 256) * MegaByte;
        return new()
        {
            Endpoint = EventsAddress.Of(Text(settings, "endpoint", configuration.ApiEndpoint)),
            SpoolDirectory = Folder(settings, configuration.StateDirectory),
            SpoolLimits = new(
                spoolSize,
                Math.Min(MaxSegment, spoolSize / 8),
                OneOf(settings, "durability", "batch", "message") == "message"
            ),
            Capture = OneOf(settings, "capture", "full", "metadata", "off") switch
            {
                "full" => Capture.Full,
                "metadata" => Capture.Metadata,
                _ => Capture.Off,
            },
            Redactor = RedactorOf(settings),
            BatchLimits = new(
                (int)Number(settings, "batch_events", "events", 1, 1000, 100),
                (int)Number(settings, "batch_size", "kilobytes", 16, 8192, 1024) * 1024,
                TimeSpan.FromMilliseconds(Number(settings, "batch_time", "milliseconds", 10, 60_000, 1000))
            ),
            Unknown = [.. settings.Keys.Except(Known).Order(StringComparer.Ordinal)],
        };
    }

    private static string Folder(IReadOnlyDictionary<string, string> settings, string stateDirectory)
    {
        var folder = Text(settings, "spool_directory", stateDirectory.Length == 0 ? "" : Path.Combine(stateDirectory, "spool"));
        if (folder.Length == 0)
            throw new ArgumentException(
                "There is nowhere to keep messages until they are sent: this km gives plugins no state directory. Set spool_directory to a folder."
            );
        return Path.IsPathFullyQualified(folder)
            ? folder
            : throw new ArgumentException($"spool_directory must be an absolute path: '{folder}'.");
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

    private static long Number(
        IReadOnlyDictionary<string, string> settings,
        string name,
        string unit,
        long least,
        long most,
        long otherwise
    )
    {
        var text = Text(settings, name, otherwise.ToString(CultureInfo.InvariantCulture));
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new ArgumentException($"{name} must be a whole number of {unit} from {least} to {most}: '{text}'.");
    }

    private static string OneOf(IReadOnlyDictionary<string, string> settings, string name, params string[] values)
    {
        var text = Text(settings, name, values[0]);
        return values.Contains(text) ? text : throw new ArgumentException($"{name} must be {string.Join(" or ", values)}: '{text}'.");
    }
}
