using System.Diagnostics;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Otel.Exporting;
using Kilometers.Plugins.Otel.Operations;
using Kilometers.Plugins.Otel.Tests.Otlp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kilometers.Plugins.Otel.Tests.Exporting;

/// <summary>What reaches a collector, by the conventions, over either form of the protocol.</summary>
public sealed class ExportTests : IDisposable
{
    private static readonly double[] Bounds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("otel-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_is_a_span_and_a_measurement_by_the_conventions(bool isGrpc)
    {
        await using var collector = await Collector.StartAsync(isGrpc);
        var settings = Telemetry.Settings(_folder, collector.Address, isGrpc, ("headers", "x-key=k%3D1, other = 2"));
        await Telemetry.RunAsync(settings, report =>
        {
            report.Add(Telemetry.Event(StreamEventType.SessionStarted, ("transport", "http")));
            report.Add(Telemetry.Event(StreamEventType.SessionInitialized, ("protocolVersion", "2025-11-25"), ("clientName", "inspector")));
            report.Add(Telemetry.Call("echo", "7", 0), new Outcome(Telemetry.Start.AddSeconds(1.5), "", null));
        });

        var spans = await collector.SpansAsync(2);
        var span = spans.Single(one => one.Name == "tools/call echo");
        var session = spans.Single(one => one.Name == "mcp.session");
        Assert.Equal(2, span.Kind); // SERVER
        Assert.Equal(session.SpanId, span.ParentSpanId);
        Assert.Equal(session.TraceId, span.TraceId);
        Assert.Equal((ulong)Telemetry.Start.ToUnixTimeMilliseconds() * 1_000_000, span.StartTimeUnixNano);
        Assert.Equal(span.StartTimeUnixNano + 1_500_000_000, span.EndTimeUnixNano);
        Assert.Equal(0, span.Status?.Code ?? 0);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["mcp.method.name"] = "tools/call",
                ["gen_ai.tool.name"] = "echo",
                ["gen_ai.operation.name"] = "execute_tool",
                ["network.transport"] = "tcp",
                ["mcp.protocol.version"] = "2025-11-25",
                ["mcp.session.id"] = "session-1",
                ["jsonrpc.request.id"] = "7",
            },
            Attributes(span.Attributes)
        );
        Assert.Equal("k=1", collector.Headers["x-key"]);
        Assert.Equal("2", collector.Headers["other"]);

        var metrics = await MetricsAsync(collector, 2);
        var (service, operations) = metrics.Single(one => one.Metric.Name == "mcp.server.operation.duration");
        Assert.Equal(("calc", "s", 2), (service, operations.Unit, operations.Histogram.AggregationTemporality));
        var point = Assert.Single(operations.Histogram.DataPoints);
        Assert.Equal(Bounds, point.ExplicitBounds);
        Assert.Equal((1UL, 1.5), (point.Count, point.Sum));
        Assert.Equal(
            ["gen_ai.operation.name", "gen_ai.tool.name", "mcp.method.name", "mcp.protocol.version", "network.transport"],
            point.Attributes.Select(one => one.Key).Order()
        );
        Assert.Equal(
            Bounds,
            metrics.Single(one => one.Metric.Name == "mcp.server.session.duration").Metric.Histogram.DataPoints[0].ExplicitBounds
        );
    }

    [Fact]
    public async Task A_trace_that_the_client_began_is_continued_and_linked_to_the_session()
    {
        await using var collector = await Collector.StartAsync(isGrpc: true);
        ActivityContext.TryParse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null, true, out var parent);
        await Telemetry.RunAsync(Telemetry.Settings(_folder, collector.Address, true), report =>
            report.Add(Telemetry.Call("echo", "1", 0) with { Parent = parent }, new Outcome(Telemetry.Start.AddSeconds(1), "", null))
        );

        var spans = await collector.SpansAsync(2);
        var span = spans.Single(one => one.Name == "tools/call echo");
        Assert.Equal("0AF7651916CD43DD8448EB211C80319C", Convert.ToHexString(span.TraceId.Span));
        Assert.Equal("B7AD6B7169203331", Convert.ToHexString(span.ParentSpanId.Span));
        Assert.Equal(spans.Single(one => one.Name == "mcp.session").SpanId, Assert.Single(span.Links).SpanId);
    }

    [Theory]
    [InlineData("-32602", "-32602")]
    [InlineData("tool_error", null)]
    public async Task An_error_is_one_by_the_conventions(string code, string? status)
    {
        await using var collector = await Collector.StartAsync(isGrpc: false);
        await Telemetry.RunAsync(Telemetry.Settings(_folder, collector.Address, false), report =>
            report.Add(Telemetry.Call("echo", "1", 0), new Outcome(Telemetry.Start.AddSeconds(1), code, null))
        );

        var span = (await collector.SpansAsync(2)).Single(one => one.Name == "tools/call echo");
        var attributes = Attributes(span.Attributes);
        Assert.Equal(2, span.Status.Code);
        Assert.Equal(code, attributes["error.type"]);
        Assert.Equal(status, attributes.GetValueOrDefault("rpc.response.status_code"));
    }

    [Theory]
    [InlineData("server", false, 3, "mcp.client.operation.duration")]
    [InlineData("client", false, 2, "mcp.server.operation.duration")]
    [InlineData("client", true, 3, "mcp.client.operation.duration")]
    public async Task Each_side_has_the_kind_of_its_role(string role, bool isFromClient, int kind, string metric)
    {
        await using var collector = await Collector.StartAsync(isGrpc: false);
        await Telemetry.RunAsync(Telemetry.Settings(_folder, collector.Address, false, ("role", role)), report =>
            report.Add(
                Telemetry.Call("", "1", 0) with
                {
                    Method = "sampling/createMessage",
                    IsFromClient = isFromClient,
                },
                new Outcome(Telemetry.Start.AddSeconds(1), "", null)
            )
        );

        Assert.Equal(kind, (await collector.SpansAsync(2)).Single(one => one.Name == "sampling/createMessage").Kind);
        Assert.Contains(await MetricsAsync(collector, 2), one => one.Metric.Name == metric);
    }

    [Fact]
    public async Task Of_what_is_not_sampled_failures_and_slow_calls_are_kept_and_all_is_counted()
    {
        await using var collector = await Collector.StartAsync(isGrpc: true);
        await Telemetry.RunAsync(Telemetry.Settings(_folder, collector.Address, true, ("sample", "0"), ("keep_slow", "5000")), report =>
        {
            report.Add(Telemetry.Call("fast", "1", 0), new Outcome(Telemetry.Start.AddSeconds(1), "", null));
            report.Add(Telemetry.Call("wrong", "2", 0), new Outcome(Telemetry.Start.AddSeconds(1), "tool_error", null));
            report.Add(Telemetry.Call("slow", "3", 0), new Outcome(Telemetry.Start.AddSeconds(5), "", null));
        });

        var metrics = await MetricsAsync(collector, 2);
        Assert.Equal(
            3,
            metrics
                .Where(one => one.Metric.Name == "mcp.server.operation.duration")
                .Sum(one => one.Metric.Histogram.DataPoints.Sum(point => (int)point.Count))
        );
        Assert.Equal(["tools/call slow", "tools/call wrong"], collector.Spans.Select(one => one.Span.Name).Order());
    }

    [Fact]
    public async Task Sessions_with_other_servers_are_other_services()
    {
        await using var collector = await Collector.StartAsync(isGrpc: true);
        var settings = Telemetry.Settings(_folder, collector.Address, true);
        using var queue = new DiskQueue(settings.QueueFolder, settings.QueueSize);
        using (var one = new Pipeline("one", "1.0.0", settings, queue))
        using (var two = new Pipeline("two", "1.0.0", settings, queue))
        {
            foreach (var (pipeline, tool) in new[] { (one, "a"), (two, "b") })
            {
                var report = new SessionReport(pipeline, settings, Telemetry.Session());
                report.Add(Telemetry.Call(tool, "1", 0), new Outcome(Telemetry.Start.AddSeconds(1), "", null));
                report.Finish();
                await pipeline.Written;
            }
        }

        await Telemetry.SendAsync(settings, queue);

        await collector.SpansAsync(4);
        Assert.Equal(
            [("one", "mcp.session"), ("one", "tools/call a"), ("two", "mcp.session"), ("two", "tools/call b")],
            collector.Spans.Select(one => (one.Service, one.Span.Name)).Order()
        );
        Assert.Equal(
            [("one", "a"), ("two", "b")],
            (await MetricsAsync(collector, 4))
                .Where(one => one.Metric.Name == "mcp.server.operation.duration")
                .Select(one => (one.Service, Attributes(Assert.Single(one.Metric.Histogram.DataPoints).Attributes)["gen_ai.tool.name"]))
                .Order()
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_lost_while_the_collector_is_away_or_the_process_is_gone(bool isGrpc)
    {
        Uri address;
        await using (var gone = await Collector.StartAsync(isGrpc))
            address = gone.Address;
        var settings = Telemetry.Settings(_folder, address, isGrpc);

        // The handler has returned when the span is on disk. Then the process is gone: nothing is disposed of.
        var queue = new DiskQueue(settings.QueueFolder, settings.QueueSize);
        var pipeline = new Pipeline("calc", "1.0.0", settings, queue);
        var report = new SessionReport(pipeline, settings, Telemetry.Session());
        for (var call = 0; call < 100; call++)
        {
            report.Add(Telemetry.Call($"t{call}", "1", 0), new Outcome(Telemetry.Start.AddSeconds(1), "", null));
            await pipeline.Written;
        }

        using var next = new DiskQueue(settings.QueueFolder, settings.QueueSize);
        using var stop = new CancellationTokenSource();
        using var client = new CollectorClient(settings.Collector!);
        var sender = new QueueSender(next, client, () => true, NullLogger.Instance, TimeProvider.System);
        var sending = sender.RunAsync(stop.Token);
        await Task.Delay(300, Stop);
        await using var collector = await Collector.StartAsync(isGrpc, address.Port);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(call => $"tools/call t{call}").Order(),
            (await collector.SpansAsync(100)).Select(one => one.Name).Order()
        );

        // The collector has them a moment before the sender knows.
        for (var i = 0; i < 6_000 && Files(settings) > 0; i++)
            await Task.Delay(10, Stop);
        await stop.CancelAsync();
        await sending;
        Assert.Null(next.Take(0));
    }

    [Theory]
    [InlineData(400, 1)]
    [InlineData(429, 0)]
    [InlineData(503, 0)]
    [InlineData(401, 0)]
    public async Task A_request_is_given_up_only_if_it_is_the_request(int status, int givenUp)
    {
        await using var collector = await Collector.StartAsync(isGrpc: false);
        collector.Refusal = status;
        var settings = Telemetry.Settings(_folder, collector.Address, false);
        using var queue = new DiskQueue(settings.QueueFolder, settings.QueueSize);
        Assert.True(queue.TryAdd(Signal.Traces, [1, 2, 3]));
        using var client = new CollectorClient(settings.Collector!);
        using var stop = new CancellationTokenSource();
        var sending = new QueueSender(queue, client, () => true, NullLogger.Instance, TimeProvider.System).RunAsync(stop.Token);
        for (var i = 0; i < 6_000 && Volatile.Read(ref collector.Requests) < 1; i++)
            await Task.Delay(10, Stop);
        for (var i = 0; i < 6_000 && givenUp == 1 && Files(settings) > 0; i++)
            await Task.Delay(10, Stop);
        await stop.CancelAsync();
        await sending;
        Assert.Equal(1 - givenUp, Files(settings));
    }

    [Fact]
    public async Task Of_several_requests_only_the_bad_one_is_given_up()
    {
        await using var collector = await Collector.StartAsync(isGrpc: false);
        var settings = Telemetry.Settings(_folder, collector.Address, false);
        using var queue = new DiskQueue(settings.QueueFolder, settings.QueueSize);
        byte[] good = [0x0A, 0x02, 0x12, 0x00];
        foreach (var request in new[] { good, [0xFF], good })
            Assert.True(queue.TryAdd(Signal.Traces, request));
        await Telemetry.SendAsync(settings, queue);

        Assert.Null(queue.Take(0));
        Assert.Equal(4, collector.Requests);
    }

    [Fact]
    public void A_queue_that_is_full_counts_what_it_loses()
    {
        using var queue = new DiskQueue(_folder.FullName, 4096);
        for (var i = 0; i < 100; i++)
            queue.TryAdd(Signal.Traces, new byte[1000]);

        Assert.InRange(queue.Lost, 1, 99);
        Assert.True(Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) <= 8192);
    }

    private static int Files(OtelSettings settings) => Directory.GetFiles(settings.QueueFolder, "*", SearchOption.AllDirectories).Length;

    private static async Task<IReadOnlyList<(string Service, Metric Metric)>> MetricsAsync(Collector collector, int count)
    {
        for (var i = 0; i < 6_000 && collector.Metrics.Count < count; i++)
            await Task.Delay(10, Stop);

        // Counted from the start, what comes last says all.
        return [.. collector.Metrics.GroupBy(one => (one.Service, one.Metric.Name)).Select(group => group.Last())];
    }

    private static Dictionary<string, string> Attributes(IEnumerable<KeyValue> attributes) =>
        attributes.ToDictionary(one => one.Key, one => one.Value.StringValue);
}
