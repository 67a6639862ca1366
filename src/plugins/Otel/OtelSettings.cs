using System.Globalization;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Otel.Exporting;

namespace Kilometers.Plugins.Otel;

/// <summary>Whose operations the plugin reports: those of the side that does not report them itself.</summary>
internal enum Role
{
    /// <summary>The server's: spans of kind SERVER for what the client asks.</summary>
    Server,

    /// <summary>The client's: spans of kind CLIENT for what it asks.</summary>
    Client,
}

/// <summary>The plugin's settings, checked (docs/plugins/otel.md).</summary>
internal sealed record OtelSettings
{
    /// <summary>The port that collectors have for HTTP; 4317 is that for gRPC.</summary>
    private const int HttpPort = 4318;

    private static readonly string[] Known =
    [
        "endpoint",
        "protocol",
        "headers",
        "role",
        "sample",
        "keep_slow",
        "payloads",
        "redact_keys",
        "redact_patterns",
        "metrics_interval",
        "temporality",
        "queue_size",
        "namespace",
    ];

    /// <summary>Null: the user has named none yet, and there is nothing to do.</summary>
    public required CollectorAddress? Collector { get; init; }

    public required Role Role { get; init; }

    /// <summary>Which part of all traces is kept, 0 to 1. Failures are kept in any case.</summary>
    public required double Sample { get; init; }

    /// <summary>What takes so long is kept in any case; null: nothing is for that.</summary>
    public required TimeSpan? KeepSlow { get; init; }

    /// <summary>Masks arguments and results; null: spans have none.</summary>
    public required Redactor? Payloads { get; init; }

    public required TimeSpan MetricsInterval { get; init; }

    /// <summary>Whether metrics say what was added since the last time, not since the start.</summary>
    public required bool IsDelta { get; init; }

    /// <summary>Bytes that may wait on disk.</summary>
    public required long QueueSize { get; init; }

    public required string QueueFolder { get; init; }

    /// <summary><c>service.namespace</c>; empty: none.</summary>
    public required string Namespace { get; init; }

    /// <summary>Settings that mean nothing here: typing errors, perhaps.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <exception cref="ArgumentException">A setting is missing or invalid; the message says which and what it may be.</exception>
    public static OtelSettings Read(PluginConfiguration configuration)
    {
        var settings = configuration.Settings;
        var endpoint = Text(settings, "endpoint", "") is { Length: > 0 } address ? Address(address) : null;
        var protocol = OneOf(settings, "protocol", endpoint?.Port == HttpPort ? "http" : "grpc", "grpc", "http");
        var headers = HeadersOf(Text(settings, "headers", ""));
        return new()
        {
            Collector = endpoint is null
                ? null
                : new CollectorAddress(endpoint, protocol == "grpc" ? Protocol.Grpc : Protocol.Http, headers),
            Role = OneOf(settings, "role", "server", "server", "client") == "server" ? Role.Server : Role.Client,
            Sample = Part(settings, "sample"),
            KeepSlow = Number(settings, "keep_slow", "milliseconds", 0, 3_600_000, 0) is > 0 and var slow
                ? TimeSpan.FromMilliseconds(slow)
                : null,
            Payloads = OneOf(settings, "payloads", "off", "off", "masked") == "masked" ? RedactorOf(settings) : null,
            MetricsInterval = TimeSpan.FromSeconds(Number(settings, "metrics_interval", "seconds", 1, 3600, 15)),
            IsDelta = OneOf(settings, "temporality", "cumulative", "cumulative", "delta") == "delta",
            QueueSize = Number(settings, "queue_size", "megabytes", 1, 65_536, 256) << 20,
            QueueFolder =
                configuration.StateDirectory.Length > 0
                    ? Path.Combine(configuration.StateDirectory, "queue")
                    : throw new ArgumentException(
                        "There is nowhere to keep spans until they are sent: this km gives the plugin no state directory."
                    ),
            Namespace = Text(settings, "namespace", ""),
            Unknown = [.. settings.Keys.Except(Known).Order(StringComparer.Ordinal)],
        };
    }

    private static Uri Address(string text)
    {
        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return
            Uri.TryCreate(url, UriKind.Absolute, out var address)
            && address is { Scheme: "http" or "https", Host.Length: > 0, UserInfo.Length: 0, Query.Length: 0 }
            ? address
            : throw new ArgumentException($"endpoint must be the address of a collector, such as http://localhost:4317: '{text}'.");
    }

    /// <summary>As in OTEL_EXPORTER_OTLP_HEADERS: names and values, joined by commas.</summary>
    private static List<KeyValuePair<string, string>> HeadersOf(string text)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split('=', 2) is not [{ Length: > 0 } name, var value])
                throw new ArgumentException("headers must be name=value, joined by commas.");
            headers.Add(KeyValuePair.Create(name.Trim(), Uri.UnescapeDataString(value.Trim())));
        }

        return headers;
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

    private static double Part(IReadOnlyDictionary<string, string> settings, string name)
    {
        var text = Text(settings, name, "1");
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw new ArgumentException($"{name} must be a number from 0 to 1: '{text}'.");
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

    private static string OneOf(IReadOnlyDictionary<string, string> settings, string name, string otherwise, params string[] values)
    {
        var text = Text(settings, name, otherwise);
        return values.Contains(text) ? text : throw new ArgumentException($"{name} must be {string.Join(" or ", values)}: '{text}'.");
    }
}
