using System.Diagnostics;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>A subscriber whose sessions are counted: the real plugin, provisioned, in its sandbox, and <c>km report</c> of what it keeps.</summary>
public sealed class AnalyticsTests(ApiServer api) : SubscribedUser(api)
{
    [Fact]
    public async Task A_session_is_counted_though_the_plugin_is_killed_and_can_be_read_after_a_downgrade()
    {
        await Api.PublishAnalyticsAsync();
        var (customer, _) = await InitAsync();
        File.Delete(Home.Installed("api-logger"));
        var (status, output, errors) = await Home.RunAsync("report");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[ANA_FIL_001]", errors, StringComparison.Ordinal);
        Assert.Contains("km plugins install analytics", errors, StringComparison.Ordinal);

        await using (var km = KmProcess.Monitor(["--name", "calc"], Conversation.Server, Home.Environment))
        {
            await km.SaysAsync("✓ analytics v1.0.0 (Pro tier)");
            await km.EchoAsync(0, 3);
            await km.EchoAsync(1); // The same once more.
            await CountedAsync(4);

            // What it has counted is not counted twice, and it continues.
            Kill(km);
            await km.SendAsync("""{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"isError","arguments":{}}}""");
            Assert.NotNull(await km.ReadLineAsync());
            await CountedAsync(5);
            await km.EndAsync();
        }

        Processes.WaitForHostsOf(Home.Path);
        await Api.SubscribeAsync(customer, "Free");
        Assert.Equal(0, (await Home.RunAsync("plugins", "refresh")).Status);
        var report = await ReportAsync("calc");
        var total = report.GetProperty("total");
        Assert.Equal((5, 1, 1), (Count(total, "count"), Count(total, "errors"), Count(total, "duplicates")));
        Assert.Equal(1, Count(total.GetProperty("errorKinds"), "tool"));
        Assert.Equal(4, Count(report.GetProperty("tools")[0].GetProperty("calls"), "count"));
        Assert.Equal("echo", report.GetProperty("tools")[0].GetProperty("name").GetString());
        Assert.Equal(1, Count(report.GetProperty("servers")[0], "crashed"));

        (status, output, _) = await Home.RunAsync("report", "last");
        Assert.Equal(0, status);
        Assert.Contains("5 calls in 1 session", output, StringComparison.Ordinal);

        var page = Home.File("report.html");
        Assert.Equal(0, (await Home.RunAsync("report", "--format", "html", "--output", page)).Status);
        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("isError", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_counted_is_uploaded_once_when_the_user_says_so()
    {
        await Api.PublishAnalyticsAsync();
        var (_, key) = await InitAsync();
        File.Delete(Home.Installed("api-logger"));
        await using (var km = KmProcess.Monitor(["--name", "calc"], Conversation.Server, Home.Environment))
        {
            await km.SaysAsync("✓ analytics v1.0.0 (Pro tier)");
            await km.EchoAsync(0, 3);
            await CountedAsync(3);
            await km.EndAsync();
        }

        // Nothing leaves the machine by itself.
        Assert.Empty((await Api.AsCustomerAsync(key, "api/insights?by=tool")).GetProperty("groups").EnumerateArray());
        for (var again = 0; again < 2; again++)
        {
            var (status, output, errors) = await Home.RunAsync("report", "--upload", "--json");
            Assert.True(status == 0, errors);
            Assert.Equal(0, Count(JsonElement.Parse(output), "alarms"));
        }

        var uploaded = Assert.Single((await Api.AsCustomerAsync(key, "api/insights?by=tool")).GetProperty("groups").EnumerateArray());
        var tool = Assert.Single((await ReportAsync()).GetProperty("tools").EnumerateArray());
        Assert.Equal(("calc", "echo"), (uploaded.GetProperty("server").GetString(), uploaded.GetProperty("tool").GetString()));
        Assert.Equal(3, Count(uploaded, "calls"));
        var milliseconds = tool.GetProperty("calls").GetProperty("p95Ms").GetDouble();
        Assert.Equal(milliseconds, uploaded.GetProperty("latency").GetProperty("p95").GetDouble() * 1000, tolerance: milliseconds / 1e6);

        var (refused, _, why) = await Home.RunAsync("report", "calc", "--upload");
        Assert.Equal(2, refused);
        Assert.Contains("--upload is for all servers", why, StringComparison.Ordinal);
        Assert.Equal(0, (await Home.RunAsync("auth", "logout")).Status);
        (refused, _, why) = await Home.RunAsync("report", "--upload");
        Assert.Equal(1, refused);
        Assert.Contains("km auth login", why, StringComparison.Ordinal);
    }

    private static void Kill(KmProcess km)
    {
        var plugins = Processes.DescendantsOf(km.Id).Where(IsPlugin).ToList();
        Assert.NotEmpty(plugins);
        foreach (var id in plugins)
        {
            using var plugin = Process.GetProcessById(id);
            plugin.Kill();
        }
    }

    private static int Count(JsonElement element, string member) => element.GetProperty(member).GetInt32();

    private Task CountedAsync(int calls) =>
        Wait.ForAsync(
            async () =>
            {
                var (status, output, _) = await Home.RunAsync("report", "--json");
                return status == 0 && Count(JsonElement.Parse(output).GetProperty("total"), "count") == calls;
            },
            $"{calls} calls to be counted"
        );

    private async Task<JsonElement> ReportAsync(params string[] arguments)
    {
        var (status, output, errors) = await Home.RunAsync(["report", .. arguments, "--json"]);
        Assert.True(status == 0, errors);
        return JsonElement.Parse(output);
    }
}
