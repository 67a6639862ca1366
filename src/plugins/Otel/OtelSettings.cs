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
        var endpoint = configuration.Text("endpoint") is { Length: > 0 } address ? Address(address) : null;
        var protocol = configuration.OneOf("protocol", endpoint?.Port == HttpPort ? "http" : "grpc", "grpc", "http");
        var headers = HeadersOf(configuration.Text("headers"));
        return new()
        {
            Collector = endpoint is null
                ? null
                : new CollectorAddress(endpoint, protocol == "grpc" ? Protocol.Grpc : Protocol.Http, headers),
            Role = configuration.OneOf("role", "server", "server", "client") == "server" ? Role.Server : Role.Client,
            Sample = Part(configuration, "sample"),
            KeepSlow = configuration.Number("keep_slow", "milliseconds", 0, 3_600_000, 0) is > 0 and var slow
                ? TimeSpan.FromMilliseconds(slow)
                : null,
            Payloads = configuration.OneOf("payloads", "off", "off", "masked") == "masked" ? configuration.CreateRedactor() : null,
            MetricsInterval = TimeSpan.FromSeconds(configuration.Number("metrics_interval", "seconds", 1, 3600, 15)),
            IsDelta = configuration.OneOf("temporality", "cumulative", "cumulative", "delta") == "delta",
            QueueSize = configuration.Number("queue_size", "megabytes", 1, 65_536, 256) << 20,
            QueueFolder =
                configuration.StateDirectory.Length > 0
                    ? Path.Combine(configuration.StateDirectory, "queue")
                    : throw new ArgumentException(
                        "There is nowhere to keep spans until they are sent: this km gives the plugin no state directory."
                    ),
            Namespace = configuration.Text("namespace"),
            Unknown = configuration.UnknownSettings(Known),
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

    private static double Part(PluginConfiguration configuration, string name)
    {
        var text = configuration.Text(name, "1");
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw new ArgumentException($"{name} must be a number from 0 to 1: '{text}'.");
    }
}
