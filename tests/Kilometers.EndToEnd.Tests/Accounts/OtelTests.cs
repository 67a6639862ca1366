using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>A subscriber with a collector of their own: the real plugin, provisioned, in its sandbox, through km's egress.</summary>
public sealed class OtelTests(ApiServer api) : SubscribedUser(api)
{
    private readonly ConcurrentQueue<(string Path, string Body)> _requests = new();

    [Fact]
    public async Task A_session_reaches_the_users_collector_as_a_trace_and_as_metrics()
    {
        await Api.PublishOtelAsync();
        await InitAsync();
        File.Delete(Home.Installed("api-logger"));
        var (collector, address) = LocalHttp.Listen();
        using var listening = collector;
        var receiving = ReceiveAsync(collector);
        await using (
            var km = KmProcess.Monitor(
                ["--name", "calc"],
                Conversation.Server,
                new Dictionary<string, string>(Home.Environment)
                {
                    ["KM_PLUGIN_OTEL__ENDPOINT"] = address,
                    ["KM_PLUGIN_OTEL__PROTOCOL"] = "http",
                    ["KM_PLUGIN_OTEL__METRICS_INTERVAL"] = "1",
                    ["KM_HOST_LINGER"] = "0",
                }
            )
        )
        {
            await km.SaysAsync("✓ otel v1.0.0 (Pro tier)");
            await km.EchoAsync(0, 3);
            await Wait.ForAsync(
                () => Has("/v1/traces", "tools/call echo") && Has("/v1/metrics", "mcp.server.operation.duration"),
                () => km.Errors
            );
            await km.EndAsync();
        }

        await Wait.ForAsync(() => Has("/v1/traces", "mcp.session"), () => string.Join('\n', _requests.Select(one => one.Path)));
        Assert.All(_requests, request => Assert.Contains("calc", request.Body, StringComparison.Ordinal));
        Processes.WaitForHostsOf(Home.Path);
        collector.Stop();
        await receiving;
    }

    [Fact]
    public async Task Without_a_collector_it_does_nothing_and_says_nothing()
    {
        await Api.PublishOtelAsync();
        await InitAsync();
        File.Delete(Home.Installed("api-logger"));
        await using var km = KmProcess.Monitor([], Conversation.Server, Home.Environment);
        await km.SaysAsync("✓ otel v1.0.0 (Pro tier)");
        await km.EchoAsync(0, 3);
        await km.EndAsync();
        Assert.DoesNotContain("collector", km.Errors, StringComparison.Ordinal);
    }

    private bool Has(string path, string text) =>
        _requests.Any(request => request.Path == path && request.Body.Contains(text, StringComparison.Ordinal));

    private async Task ReceiveAsync(HttpListener server)
    {
        try
        {
            while (true)
            {
                var context = await server.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _requests.Enqueue((context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray())));
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The end.
        }
    }
}
