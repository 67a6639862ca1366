using System.Text.Json.Serialization;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Sketches;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Reports;

/// <summary>What <c>km report --json</c> prints. Members are added, never changed.</summary>
internal sealed record ReportListing
{
    public int Version { get; } = 1;

    public DateTimeOffset? Since { get; init; }

    public string? Server { get; init; }

    public string? Session { get; init; }

    public required int Sessions { get; init; }

    public required CallsListing Total { get; init; }

    public required IReadOnlyList<NamedListing> Tools { get; init; }

    public required IReadOnlyList<NamedListing> Methods { get; init; }

    public required IReadOnlyList<ServerListing> Servers { get; init; }

    public required IReadOnlyList<NamedListing> Clients { get; init; }

    public required IReadOnlyList<HourListing> Hours { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    public required IReadOnlyList<AnomalyListing> Anomalies { get; init; }

    public static ReportListing Of(Report report) =>
        new()
        {
            Since = report.Scope.Since,
            Server = report.Scope.Server,
            Session = report.Scope.Session?.ShortId,
            Sessions = report.Sessions.Count,
            Total = CallsListing.Of(report.Total),
            Tools =
            [
                .. report.Tools.Select(tool => new NamedListing(
                    tool.Name,
                    tool.Server,
                    null,
                    tool.Sessions,
                    CallsListing.Of(tool.Figures, withHistograms: true)
                )),
            ],
            Methods =
            [
                .. report.Methods.Select(method => new NamedListing(
                    method.Method,
                    null,
                    method.IsFromServer ? "out" : "in",
                    null,
                    CallsListing.Of(method.Figures)
                )),
            ],
            Servers = [.. report.Servers.Select(ServerListing.Of)],
            Clients =
            [
                .. report.Clients.Select(client => new NamedListing(
                    client.Client,
                    null,
                    null,
                    client.Sessions,
                    CallsListing.Of(client.Figures)
                )),
            ],
            Hours =
            [
                .. report.Hours.Select(hour => new HourListing(
                    hour.Start,
                    hour.Figures.Calls,
                    hour.Figures.AllErrors,
                    hour.Figures.Latency.Quantile(0.5) * 1000,
                    hour.Figures.Latency.Quantile(0.95) * 1000
                )),
            ],
            Findings = Finding.In(report),
            Anomalies = [.. report.Anomalies.Select(anomaly => AnomalyListing.Of(anomaly, report))],
        };
}

/// <summary>The calls of a tool, a method or a client.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Server">Of a tool: its server.</param>
/// <param name="Direction">Of a method: <c>in</c>: from the client; <c>out</c>: from the server.</param>
/// <param name="Sessions">How many sessions have such calls.</param>
/// <param name="Calls">The calls.</param>
internal sealed record NamedListing(string Name, string? Server, string? Direction, int? Sessions, CallsListing Calls);

/// <summary>An hour with calls.</summary>
internal sealed record HourListing(DateTimeOffset Start, long Calls, long Errors, double? P50Ms, double? P95Ms);

/// <summary>What was unusual.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Server">The server.</param>
/// <param name="Tool">The tool; of an order, the one that came second.</param>
/// <param name="Previous">Of an order: the tool that came first.</param>
/// <param name="Session">The session in which it was found; null: its figures are deleted already.</param>
/// <param name="Time">When it was found.</param>
/// <param name="Since">When the calls began that it was found in.</param>
/// <param name="Unit">The unit of the values: <c>seconds</c>, <c>bytes</c> or <c>part</c> of the calls.</param>
/// <param name="Value">What was seen.</param>
/// <param name="Usual">What is usual.</param>
/// <param name="UsualLimit">Of one call: what 99 % of the others do not exceed.</param>
/// <param name="Calls">How many calls it was found in.</param>
/// <param name="Hours">Hours of sessions in which it comes once by chance.</param>
/// <param name="Text">A sentence with its figures.</param>
internal sealed record AnomalyListing(
    string Kind,
    string Server,
    string Tool,
    string? Previous,
    string? Session,
    DateTimeOffset Time,
    DateTimeOffset Since,
    string Unit,
    double Value,
    double Usual,
    double? UsualLimit,
    long Calls,
    double Hours,
    string Text
)
{
    public static AnomalyListing Of(Anomaly anomaly, Report report) =>
        new(
            AnomalyNames.Of(anomaly.Kind),
            anomaly.Server,
            anomaly.Tool,
            anomaly.Previous.Length > 0 ? anomaly.Previous : null,
            report.Sessions.FirstOrDefault(session => session.Facts.Key == anomaly.Session)?.ShortId,
            anomaly.Time,
            anomaly.Since,
            AnomalyWords.Unit(anomaly.Kind),
            anomaly.Value,
            anomaly.Usual,
            anomaly.Limit > 0 ? anomaly.Limit : null,
            anomaly.Calls,
            anomaly.Hours,
            AnomalyWords.Full(anomaly)
        );
}

/// <summary>A server.</summary>
internal sealed record ServerListing
{
    public required string Name { get; init; }

    public required int Sessions { get; init; }

    public required int Crashed { get; init; }

    public double? StartupMs { get; init; }

    public double? SlowestStartupMs { get; init; }

    public required long Unmatched { get; init; }

    public required long Missed { get; init; }

    public required int Tools { get; init; }

    public required IReadOnlyList<string> NeverUsed { get; init; }

    public required long NeverUsedBytes { get; init; }

    public required CallsListing Calls { get; init; }

    public static ServerListing Of(ServerFigures server) =>
        new()
        {
            Name = server.Server,
            Sessions = server.Sessions,
            Crashed = server.Crashed,
            StartupMs = server.Startup?.TotalMilliseconds,
            SlowestStartupMs = server.SlowestStartup?.TotalMilliseconds,
            Unmatched = server.Unmatched,
            Missed = server.Missed,
            Tools = server.Offered.Count,
            NeverUsed = [.. server.NeverUsed.Select(tool => tool.Name)],
            NeverUsedBytes = server.NeverUsed.Sum(tool => tool.Bytes),
            Calls = CallsListing.Of(server.Figures),
        };
}

/// <summary>Figures of calls.</summary>
internal sealed record CallsListing
{
    public required long Count { get; init; }

    public required long Errors { get; init; }

    /// <summary>By kind; those without any are left out.</summary>
    public required IReadOnlyDictionary<string, long> ErrorKinds { get; init; }

    public double? P50Ms { get; init; }

    public double? P95Ms { get; init; }

    public double? P99Ms { get; init; }

    public double? MaxMs { get; init; }

    public required double RequestBytes { get; init; }

    public required double ResponseBytes { get; init; }

    public double? ResponseP95Bytes { get; init; }

    public required long Duplicates { get; init; }

    public required long Retries { get; init; }

    public required long Cancelled { get; init; }

    public required long Continued { get; init; }

    public required long Progress { get; init; }

    /// <summary>Seconds.</summary>
    public HistogramListing? LatencyHistogram { get; init; }

    /// <summary>Bytes.</summary>
    public HistogramListing? ResponseSizeHistogram { get; init; }

    public static CallsListing Of(CallFigures figures, bool withHistograms = false) =>
        new()
        {
            Count = figures.Calls,
            Errors = figures.AllErrors,
            ErrorKinds = Enum.GetValues<ErrorKind>()
                .Where(kind => figures.Errors(kind) > 0)
                .ToDictionary(kind => kind.ToString().ToLowerInvariant(), figures.Errors),
            P50Ms = figures.Latency.Quantile(0.5) * 1000,
            P95Ms = figures.Latency.Quantile(0.95) * 1000,
            P99Ms = figures.Latency.Quantile(0.99) * 1000,
            MaxMs = figures.Latency.Count > 0 ? figures.Latency.Max * 1000 : null,
            RequestBytes = figures.RequestSize.Sum,
            ResponseBytes = figures.ResponseSize.Sum,
            ResponseP95Bytes = figures.ResponseSize.Quantile(0.95),
            Duplicates = figures.Duplicates,
            Retries = figures.Retries,
            Cancelled = figures.Cancelled,
            Continued = figures.Continued,
            Progress = figures.Progress,
            LatencyHistogram = withHistograms ? HistogramListing.Of(figures.Latency) : null,
            ResponseSizeHistogram = withHistograms ? HistogramListing.Of(figures.ResponseSize) : null,
        };
}

/// <summary>A histogram with the members of OTLP's <c>ExponentialHistogramDataPoint</c>.</summary>
internal sealed record HistogramListing(
    long Count,
    double Sum,
    double Min,
    double Max,
    int Scale,
    long ZeroCount,
    int Offset,
    IReadOnlyList<long> BucketCounts
)
{
    public static HistogramListing? Of(ExponentialHistogram histogram) =>
        histogram.Count == 0
            ? null
            : new(
                histogram.Count,
                histogram.Sum,
                histogram.Min,
                histogram.Max,
                histogram.Scale,
                histogram.ZeroCount,
                histogram.Offset,
                histogram.Buckets.ToArray()
            );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ReportListing))]
[JsonSerializable(typeof(UploadListing))]
internal sealed partial class ReportJson : JsonSerializerContext;
