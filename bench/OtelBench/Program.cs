// What it costs otel to report messages: bench/otel.sh
// km-otel-bench FOLDER SESSIONS CALLS all|tenth|masked: reports that many sessions of that many calls each into a queue in the folder. Nothing is
// sent. tenth: sample=0.1; masked: with arguments and results.
using System.Globalization;
using Kilometers.AnalyticsBench;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Otel;
using Kilometers.Plugins.Otel.Exporting;
using Kilometers.Plugins.Otel.Operations;

const long QueueBytes = 1_000_000_000;
var folder = Directory.CreateDirectory(args[0]).FullName;
var (sessions, calls, mode) = (Number(1), Number(2), args[3]);
var settings = new OtelSettings
{
    Collector = null,
    Role = Role.Server,
    Sample = mode == "tenth" ? 0.1 : 1,
    KeepSlow = null,
    Payloads = mode == "masked" ? new Redactor() : null,
    MetricsInterval = TimeSpan.FromMinutes(10),
    IsDelta = false,
    QueueSize = QueueBytes,
    QueueFolder = folder,
    Namespace = "",
    Unknown = [],
};
using var queue = new DiskQueue(folder, QueueBytes);
var pipelines = new Dictionary<string, Pipeline>();
var random = new Random(20261130);
var now = TimeProvider.System.GetUtcNow();

// The first sessions load what the others use.
var warm = Math.Max(1, sessions / 10);
var (messages, operations) = (0L, 0L);
var (reporting, writing) = (TimeSpan.Zero, TimeSpan.Zero);
for (var number = -warm; number < sessions; number++)
{
    var traffic = new Traffic(random, now.AddMinutes(number - sessions), calls);
    if (!pipelines.TryGetValue(traffic.Server, out var pipeline))
        pipelines[traffic.Server] = pipeline = new Pipeline(traffic.Server, "1.0.0", settings, queue);
    var session = new SessionInfo
    {
        Id = Guid.CreateVersion7(now).ToString("N"),
        ServerLabel = traffic.Server,
        StartedAt = now.AddMinutes(number - sessions),
    };
    var report = new SessionReport(pipeline, settings, session);
    var tracker = new OperationTracker(settings.Payloads, report.Add);
    var begun = Environment.CpuUsage.TotalTime;
    foreach (var item in traffic.Items)
    {
        if (item.Event is { } happened)
        {
            report.Add(happened);
            continue;
        }

        tracker.Add(item.Message!);
        if (item.Message!.Kind == Kilometers.Plugin.Sdk.Observing.MessageKind.Request)
            continue;

        // As the plugin does: a message is acknowledged when its span is on disk.
        await pipeline.Written.ConfigureAwait(false);
    }

    tracker.Finish();
    report.Finish();
    await pipeline.Written.ConfigureAwait(false);
    if (number < 0)
        continue;
    reporting += Environment.CpuUsage.TotalTime - begun;
    messages += traffic.Items.Count;
    operations += traffic.Items.Count(item => item.Message is not null) / 2;
}

var exporting = Environment.CpuUsage.TotalTime;
foreach (var pipeline in pipelines.Values)
    pipeline.Flush(milliseconds: 10_000);
writing = Environment.CpuUsage.TotalTime - exporting;
var bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
foreach (var pipeline in pipelines.Values)
    pipeline.Dispose();
Console.WriteLine(
    string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"messages\":{messages},\"operations\":{operations},\"sessions\":{sessions},\"message_us\":{reporting.TotalMicroseconds / messages:0.00},\"metrics_ms\":{writing.TotalMilliseconds / pipelines.Count:0.00},\"operation_bytes\":{bytes * sessions / (sessions + warm) / operations},\"lost\":{queue.Lost}}}"
    )
);

int Number(int at) => int.Parse(args[at], CultureInfo.InvariantCulture);
