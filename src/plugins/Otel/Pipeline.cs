using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kilometers.Plugins.Otel.Exporting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kilometers.Plugins.Otel;

/// <summary>The spans and metrics of one service: the sessions with servers of one name.</summary>
internal sealed class Pipeline : IDisposable
{
    private const string Scope = "kilometers.otel";

    /// <summary>Both conventions name these bounds, in seconds.</summary>
    private static readonly double[] Bounds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

    private readonly ActivitySource _source;
    private readonly Meter _meter;
    private readonly TracerProvider _tracing;
    private readonly MeterProvider _measuring;
    private readonly SpanWriter _writer;
    private readonly Histogram<double> _server;
    private readonly Histogram<double> _client;
    private readonly Histogram<double> _session;

    /// <param name="service">The name of the servers.</param>
    /// <param name="version">The version of this plugin.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="queue">Gets what is to be sent.</param>
    public Pipeline(string service, string version, OtelSettings settings, DiskQueue queue)
    {
        var resource = ResourceBuilder
            .CreateEmpty()
            .AddService(
                service,
                settings.Namespace.Length > 0 ? settings.Namespace : null,
                autoGenerateServiceInstanceId: false,
                serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}"
            )
            .AddTelemetrySdk();
        _source = new ActivitySource(Scope, version);
        _writer = new SpanWriter(new OtlpTraceExporter(Options(queue, Signal.Traces)), this);
        _tracing = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new AlwaysOnSampler())
            .AddSource(Scope)
            .AddProcessor(_writer)
            .Build();
        _meter = new Meter(new MeterOptions(Scope) { Version = version, Scope = this });
        _server = Durations(
            "mcp.server.operation.duration",
            "Duration of an operation as the server sees it: from its request to its response"
        );
        _client = Durations(
            "mcp.client.operation.duration",
            "Duration of an operation as the client sees it: from its request to its response"
        );
        _session = Durations(
            settings.Role == Role.Server ? "mcp.server.session.duration" : "mcp.client.session.duration",
            "Duration of a session"
        );
        var reader = new PeriodicExportingMetricReader(
            new OtlpMetricExporter(Options(queue, Signal.Metrics)),
            (int)settings.MetricsInterval.TotalMilliseconds
        )
        {
            TemporalityPreference = settings.IsDelta
                ? MetricReaderTemporalityPreference.Delta
                : MetricReaderTemporalityPreference.Cumulative,
        };

        // Meters of other services have the same name.
        _measuring = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Scope)
            .AddView(instrument => ReferenceEquals(instrument.Meter, _meter) ? null : MetricStreamConfiguration.Drop)
            .AddReader(reader)
            .Build();
    }

    /// <summary>Completes when all spans that have ended are on disk.</summary>
    public Task Written => _writer.Written;

    /// <summary>Begins a span.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="parent">What it is part of; the zero value: nothing.</param>
    /// <param name="tags">Its attributes.</param>
    /// <param name="links">What else it belongs to.</param>
    /// <param name="start">When it began.</param>
    public Activity? Begin(
        string name,
        ActivityKind kind,
        ActivityContext parent,
        IEnumerable<KeyValuePair<string, object?>> tags,
        IEnumerable<ActivityLink> links,
        DateTimeOffset start
    )
    {
        Activity.Current = null;
        var span = _source.StartActivity(kind, parent, tags, links, start, name);
        span?.SetCustomProperty(SpanWriter.Owner, this);
        Activity.Current = null;
        return span;
    }

    /// <summary>Counts an operation.</summary>
    /// <param name="isServer">Whether it is one of the server's.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="tags">Its attributes of low cardinality.</param>
    public void Count(bool isServer, TimeSpan duration, TagList tags) => (isServer ? _server : _client).Record(duration.TotalSeconds, tags);

    public void CountSession(TimeSpan duration, TagList tags) => _session.Record(duration.TotalSeconds, tags);

    public void Flush(int milliseconds) => _measuring.ForceFlush(milliseconds);

    public void Dispose()
    {
        _tracing.Dispose();
        _measuring.Dispose();
        _source.Dispose();
        _meter.Dispose();
    }

    private Histogram<double> Durations(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });

    private static OtlpExporterOptions Options(DiskQueue queue, Signal signal) =>
        new()
        {
            // Nothing is sent there: the handler takes all of it.
            Endpoint = new Uri("http://queue.invalid/"),
            Protocol = OtlpExportProtocol.HttpProtobuf,
            HttpClientFactory = () => new HttpClient(new QueueHandler(queue, signal)),
        };
}
