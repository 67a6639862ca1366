using System.Text;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Network;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>From <c>km init</c> to a Pro plugin that runs, and what becomes of it, with the real km, the real API and the real api-logger.</summary>
public sealed class SubscriptionTests(ApiServer api) : SubscribedUser(api)
{
    [Fact]
    public async Task Init_provisions_the_plugins_and_every_message_is_stored_once()
    {
        var (customer, key) = await InitAsync();
        Assert.Equal(["api-logger.kmpkg"], Home.Plugins);
        AssertKeyIsNowhere(key);
        var again = await Home.RunAsync("plugins", "refresh", "--json");
        Assert.Equal("up to date", JsonElement.Parse(again.Output)[0].GetProperty("outcome").GetString());
        var status = JsonElement.Parse((await Home.RunAsync("auth", "status", "--json")).Output);
        Assert.Equal(
            (customer, "Pro", "fresh"),
            (status.GetProperty("customerId").GetString(), status.GetProperty("tier").GetString(), status.GetProperty("state").GetString())
        );

        await using var km = await MonitorAsync();
        foreach (var process in Processes.DescendantsOf(km.Id))
            Assert.DoesNotContain(
                key,
                await File.ReadAllTextAsync($"/proc/{process}/environ", TestContext.Current.CancellationToken),
                StringComparison.Ordinal
            );
        for (var i = 1; i < 50; i++)
            await km.SendAsync(
                $$$$"""{"jsonrpc":"2.0","id":{{{{i}}}},"method":"tools/call","params":{"name":"n{{{{i}}}}","arguments":{"password":"s3cr3t-{{{{i}}}}"}}}"""
            );
        Assert.Equal(0, await km.FinishAsync());

        // What the session's end cut off is sent by the next session.
        await using var next = await MonitorAsync();
        var events = new List<JsonElement>();
        for (var i = 0; i < 600 && events.Count < 100; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            events = [.. (await Api.AsCustomerAsync(key, "api/events?limit=1000")).GetProperty("events").EnumerateArray()];
        }

        var calls = events
            .Where(item =>
                item.TryGetProperty("name", out var name)
                && item.GetProperty("kind").GetString() == "request"
                && item.GetProperty("direction").GetString() == "inbound"
            )
            .Select(item => item.GetProperty("name").GetString()!)
            .ToList();
        Assert.Equal(Enumerable.Range(1, 49).Select(i => $"n{i}").Order(StringComparer.Ordinal), calls.Order(StringComparer.Ordinal));
        Assert.All(events.Where(item => item.TryGetProperty("payload", out _)), item =>
            Assert.DoesNotContain(
                "s3cr3t",
                Encoding.UTF8.GetString(item.GetProperty("payload").GetBytesFromBase64()),
                StringComparison.Ordinal
            )
        );
        Assert.Equal(0, await next.FinishAsync());
        AssertKeyIsNowhere(key);

        // It was km that connected it, and to nothing else.
        Assert.All(Home.Audit.Where(record => record.GetProperty("event").GetString() == "plugin.network"), record =>
            Assert.Equal(
                ("allowed", new Uri(Api.Endpoint).Authority),
                (record.GetProperty("decision").GetString(), record.GetProperty("detail").GetString())
            )
        );
        Assert.Contains(Home.Audit, record => record.GetProperty("event").GetString() == "plugin.network");
    }

    [Fact]
    public async Task What_is_recorded_while_the_api_never_answers_arrives_once_it_does()
    {
        var (_, key) = await InitAsync();
        await using (var km = await MonitorAsync())
        {
            await Api.KillAsync();
            try
            {
                await using var hole = WebServer.BlackHole(new Uri(Api.Endpoint).Port);
                for (var i = 0; i < 20; i++)
                    await km.SendAsync($$$$"""{"jsonrpc":"2.0","id":{{{{i}}}},"method":"tools/call","params":{"name":"late{{{{i}}}}"}}""");
                for (var i = 0; i < 20; i++)
                    Assert.Contains($"late{i}\"", await km.ReadLineAsync(), StringComparison.Ordinal);
                await Wait.ForAsync(() => hole.Accepted > 0, "somebody to ask the API that does not answer");
                await AssertWorksAsync(km);
                Assert.Equal(0, await km.FinishAsync());
            }
            finally
            {
                await Api.StartAsync();
            }
        }

        await using var next = await MonitorAsync();
        List<string> names = [];
        for (var i = 0; i < 600 && names.Count < 20; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            names =
            [
                .. (await Api.AsCustomerAsync(key, "api/events?limit=1000"))
                    .GetProperty("events")
                    .EnumerateArray()
                    .Where(item => item.TryGetProperty("name", out _) && item.GetProperty("direction").GetString() == "inbound")
                    .Select(item => item.GetProperty("name").GetString()!)
                    .Where(name => name.StartsWith("late", StringComparison.Ordinal)),
            ];
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"late{i}").Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Equal(0, await next.FinishAsync());
    }

    [Fact]
    public async Task A_downgrade_and_an_upgrade_reach_the_running_session()
    {
        var (customer, _) = await InitAsync();
        await using var km = await MonitorAsync();
        await Api.SubscribeAsync(customer, "Free");
        await Wait.ForAsync(
            () => km.Errors.Contains("Plugin 'api-logger' requires Pro subscription", StringComparison.Ordinal),
            () => km.Errors
        );
        Assert.Contains($"Upgrade your plan at: {ApiServer.UpgradeUrl}", km.Errors, StringComparison.Ordinal);
        await Wait.ForAsync(() => !Processes.DescendantsOf(km.Id).Any(IsPlugin), "the plugin's process to end");
        var list = await Home.RunAsync("plugins", "list");
        Assert.Contains("PLG_TIER_001", list.Output, StringComparison.Ordinal);
        await AssertWorksAsync(km);

        await Api.SubscribeAsync(customer, "Enterprise");
        await Wait.ForAsync(() => km.Errors.Split("✓ api-logger v1.0.0 (Pro tier)").Length == 3, () => km.Errors);
        await AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains(Home.Audit, record =>
            record.GetProperty("event").GetString() == "plugin.denied" && record.GetProperty("code").GetString() == "PLG_TIER_001"
        );
    }

    [Fact]
    public async Task The_status_shows_the_entitlement_and_how_often_it_decided_without_the_API()
    {
        await InitAsync();
        await using var km = await MonitorAsync();
        await AssertWorksAsync(km);

        // Sooner or later a look at the subscription is due, and asks the API.
        for (var start = TimeProvider.System.GetTimestamp(); ; )
        {
            var session = JsonElement
                .Parse((await Home.RunAsync("plugins", "status", "--running", "--json")).Output)
                .GetProperty("sessions")[0];
            if (
                session.GetProperty("answers").GetBoolean()
                && session.GetProperty("decisions") is var decisions
                && Count("loads", "all") > Count("loads", "cached")
                && Count("messages", "all") > 0
            )
            {
                Assert.Equal(Count("messages", "all"), Count("messages", "cached"));
                Assert.Equal(1, decisions.GetProperty("messages").GetProperty("hitRate").GetDouble());
                Assert.Equal("Pro", session.GetProperty("entitlement").GetProperty("tier").GetString());
                Assert.Contains(session.GetProperty("entitlement").GetProperty("state").GetString(), new[] { "fresh", "stale" });
                Assert.Equal(
                    session.GetProperty("entitlement").GetProperty("state").GetString(),
                    session
                        .GetProperty("plugins")
                        .EnumerateArray()
                        .Single(plugin => plugin.GetProperty("name").GetString() == "api-logger")
                        .GetProperty("entitlement")
                        .GetString()
                );
                break;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start) < Wait.Limit, session.ToString());

            long Count(string what, string which) => session.GetProperty("decisions").GetProperty(what).GetProperty(which).GetInt64();
        }

        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task A_revoked_key_ends_the_plugin_and_not_the_session()
    {
        var (_, key) = await InitAsync();
        await using var km = await MonitorAsync();
        await Api.PostAsync($"api/admin/keys/{key.Split('_')[2]}/revoke");
        await Wait.ForAsync(() => km.Errors.Contains("[API_AUT_001]", StringComparison.Ordinal), () => km.Errors);
        await AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
        var status = await Home.RunAsync("auth", "status", "--json");
        Assert.Equal((1, "denied"), (status.Status, JsonElement.Parse(status.Output).GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_revoked_build_ends_and_a_refresh_brings_the_next()
    {
        var (_, key) = await InitAsync();
        await using var km = await MonitorAsync();
        var (build, _) = await Api.PackageAsync(key);
        await Api.PostAsync($"api/admin/builds/{build}/revoke");
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_AUT_005]", StringComparison.Ordinal), () => km.Errors);
        Assert.Equal(0, await km.FinishAsync());
        var refreshed = await Home.RunAsync("plugins", "refresh", "--json");
        Assert.Equal("updated", JsonElement.Parse(refreshed.Output)[0].GetProperty("outcome").GetString());
        await using var next = await MonitorAsync();
        Assert.Equal(0, await next.FinishAsync());
    }

    [Fact]
    public async Task While_the_api_is_away_the_plugin_goes_on_and_starts()
    {
        var (_, key) = await InitAsync();
        await Api.KillAsync();
        try
        {
            await using var km = await MonitorAsync();
            await AssertWorksAsync(km);
            Assert.Equal(0, await km.FinishAsync());
            Assert.Equal(
                "stale",
                JsonElement.Parse((await Home.RunAsync("auth", "status", "--json")).Output).GetProperty("state").GetString()
            );
            var refresh = await Home.RunAsync("plugins", "refresh");
            Assert.Equal(1, refresh.Status);
            Assert.Contains("[API_NET_001]", refresh.Errors, StringComparison.Ordinal);
        }
        finally
        {
            await Api.StartAsync();
        }

        await using var next = await MonitorAsync();
        var arrived = 0;
        for (var i = 0; i < 600 && arrived < 2; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            arrived = (await Api.AsCustomerAsync(key, "api/events")).GetProperty("events").GetArrayLength();
        }

        Assert.True(arrived >= 2, "what was recorded while the API was away did not arrive");
        Assert.Equal(0, await next.FinishAsync());
    }
}
