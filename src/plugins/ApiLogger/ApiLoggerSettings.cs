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
        var spoolSize = configuration.Number("spool_size", "megabytes", 1, 65536, 256) * MegaByte;
        return new()
        {
            Endpoint = EventsAddress.Of(configuration.Text("endpoint", configuration.ApiEndpoint)),
            SpoolDirectory = Folder(configuration),
            SpoolLimits = new(
                spoolSize,
                Math.Min(MaxSegment, spoolSize / 8),
                configuration.OneOf("durability", "batch", "batch", "message") == "message"
            ),
            Capture = configuration.OneOf("capture", "full", "full", "metadata", "off") switch
            {
                "full" => Capture.Full,
                "metadata" => Capture.Metadata,
                _ => Capture.Off,
            },
            Redactor = configuration.CreateRedactor(),
            BatchLimits = new(
                (int)configuration.Number("batch_events", "events", 1, 1000, 100),
                (int)configuration.Number("batch_size", "kilobytes", 16, 8192, 1024) * 1024,
                TimeSpan.FromMilliseconds(configuration.Number("batch_time", "milliseconds", 10, 60_000, 1000))
            ),
            Unknown = configuration.UnknownSettings(Known),
        };
    }

    private static string Folder(PluginConfiguration configuration)
    {
        var folder = configuration.Text(
            "spool_directory",
            configuration.StateDirectory.Length == 0 ? "" : Path.Combine(configuration.StateDirectory, "spool")
        );
        if (folder.Length == 0)
            throw new ArgumentException(
                "There is nowhere to keep messages until they are sent: this km gives plugins no state directory. Set spool_directory to a folder."
            );
        return Path.IsPathFullyQualified(folder)
            ? folder
            : throw new ArgumentException($"spool_directory must be an absolute path: '{folder}'.");
    }
}
