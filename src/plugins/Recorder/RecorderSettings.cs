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
        return new()
        {
            Folder =
                configuration.StateDirectory.Length > 0
                    ? configuration.StateDirectory
                    : throw new ArgumentException(
                        "There is nowhere to record: this km gives the plugin no state directory. Install it: km plugins install recorder"
                    ),
            Payloads = Enum.Parse<Payloads>(configuration.OneOf("payloads", "masked", "masked", "off", "full"), ignoreCase: true),
            Options = new RecordingOptions
            {
                MaxBytes = configuration.Number("max_size", "megabytes", 16, 1000, 1000) * 1_000_000,
                MaxAge = TimeSpan.FromDays(configuration.Number("max_age", "days", 1, 3650, 30)),
            },
            Redactor = configuration.CreateRedactor(),
            Unknown = configuration.UnknownSettings(Known),
        };
    }
}
