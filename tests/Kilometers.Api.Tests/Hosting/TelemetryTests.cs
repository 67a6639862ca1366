using System.Collections.Concurrent;
using Kilometers.Api.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Kilometers.Api.Tests.Hosting;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_and_traces_go_where_the_environment_says()
    {
        var received = new ConcurrentDictionary<string, TaskCompletionSource>();
        TaskCompletionSource Of(string path) =>
            received.GetOrAdd(path, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.Run(context =>
        {
            Of(context.Request.Path).TrySetResult();
            return Task.CompletedTask;
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        await using var api = await ApiProcess.StartAsync(
            settings: new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
            }
        );
        using var client = api.Client();
        (await client.GetAsync("/health/live", TestContext.Current.CancellationToken)).Dispose();
        await Task.WhenAll(Of("/v1/metrics").Task, Of("/v1/traces").Task)
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
    }
}
