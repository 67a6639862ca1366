using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Otel.Exporting;
using Kilometers.Plugins.Otel.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kilometers.Plugins.Otel.Tests.Exporting;

/// <summary>Sessions that are reported, and sent.</summary>
internal static class Telemetry
{
    /// <summary>When each session begins.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    public static OtelSettings Settings(DirectoryInfo folder, Uri endpoint, bool isGrpc, params (string Name, string Value)[] more) =>
        OtelSettings.Read(
            new PluginConfiguration
            {
                StateDirectory = folder.FullName,
                Settings = more.Append(("endpoint", endpoint.AbsoluteUri))
                    .Append(("protocol", isGrpc ? "grpc" : "http"))
                    .ToDictionary(one => one.Item1, one => one.Item2),
            }
        );

    public static SessionInfo Session() =>
        new()
        {
            Id = "session-1",
            ServerLabel = "calc",
            StartedAt = Start,
        };

    public static Operation Call(string tool, string id, double start) =>
        new()
        {
            Method = "tools/call",
            Name = tool,
            Id = id,
            IsFromClient = true,
            Start = Start.AddSeconds(start),
        };

    public static StreamEvent Event(string type, params (string Name, string Value)[] data) =>
        new()
        {
            Type = type,
            Time = Start.AddSeconds(2),
            Data = data.ToDictionary(one => one.Name, one => one.Value),
        };

    /// <summary>Reports one session, and sends all of it.</summary>
    public static async Task RunAsync(OtelSettings settings, Action<SessionReport> play)
    {
        using var queue = new DiskQueue(settings.QueueFolder, settings.QueueSize);
        using (var pipeline = new Pipeline("calc", "1.0.0", settings, queue))
        {
            var report = new SessionReport(pipeline, settings, Session());
            play(report);
            report.Finish();
            await pipeline.Written;
            pipeline.Flush(5000);
        }

        await SendAsync(settings, queue);
    }

    public static async Task SendAsync(OtelSettings settings, DiskQueue queue)
    {
        using var client = new CollectorClient(settings.Collector!);
        await new QueueSender(queue, client, () => true, NullLogger.Instance, TimeProvider.System).DrainAsync(
            TestContext.Current.CancellationToken
        );
    }
}
