using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Network;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>From <c>km init</c> to a Pro plugin that runs, and what becomes of it, with the real km, the real API and the real api-logger.</summary>
public sealed class SubscriptionTests(ApiServer api) : IClassFixture<ApiServer>, IDisposable
{
    private readonly KmHomeFolder _home = new(isTrusting: false);

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Init_provisions_the_plugins_and_every_message_is_stored_once()
    {
        var (customer, key) = await InitAsync();
        Assert.Equal(["api-logger.kmpkg"], _home.Plugins);
        AssertKeyIsNowhere(key);
        var again = await _home.RunAsync("plugins", "refresh", "--json");
        Assert.Equal("up to date", JsonElement.Parse(again.Output)[0].GetProperty("outcome").GetString());
        var status = JsonElement.Parse((await _home.RunAsync("auth", "status", "--json")).Output);
        Assert.Equal((customer, "Pro", "fresh"), (status.GetProperty("customerId").GetString(), status.GetProperty("tier").GetString(), status.GetProperty("state").GetString()));

        await using var km = await MonitorAsync();
        foreach (var process in Processes.DescendantsOf(km.Id))
            Assert.DoesNotContain(key, await File.ReadAllTextAsync($"/proc/{process}/environ", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        for (var i = 1; i < 50; i++) await km.SendAsync($$$$"""{"jsonrpc":"2.0","id":{{{{i}}}},"method":"tools/call","params":{"name":"n{{{{i}}}}","arguments":{"password":"s3cr3t-{{{{i}}}}"}}}""");
        Assert.Equal(0, await km.FinishAsync());

        // What the session's end cut off is sent by the next session.
        await using var next = await MonitorAsync();
        var events = new List<JsonElement>();
        for (var i = 0; i < 600 && events.Count < 100; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            events = [.. (await api.AsCustomerAsync(key, "api/events?limit=1000")).GetProperty("events").EnumerateArray()];
        }

        var calls = events.Where(item => item.TryGetProperty("name", out var name) && item.GetProperty("kind").GetString() == "request" && item.GetProperty("direction").GetString() == "inbound").Select(item => item.GetProperty("name").GetString()!).ToList();
        Assert.Equal(Enumerable.Range(1, 49).Select(i => $"n{i}").Order(StringComparer.Ordinal), calls.Order(StringComparer.Ordinal));
        Assert.All(events.Where(item => item.TryGetProperty("payload", out _)), item => Assert.DoesNotContain("s3cr3t", Encoding.UTF8.GetString(item.GetProperty("payload").GetBytesFromBase64()), StringComparison.Ordinal));
        Assert.Equal(0, await next.FinishAsync());
        AssertKeyIsNowhere(key);

        // It was km that connected it, and to nothing else.
        Assert.All(_home.Audit.Where(record => record.GetProperty("event").GetString() == "plugin.network"), record => Assert.Equal(
            ("allowed", new Uri(api.Endpoint).Authority), (record.GetProperty("decision").GetString(), record.GetProperty("detail").GetString())));
        Assert.Contains(_home.Audit, record => record.GetProperty("event").GetString() == "plugin.network");
    }

    [Fact]
    public async Task What_is_recorded_while_the_api_never_answers_arrives_once_it_does()
    {
        var (_, key) = await InitAsync();
        await using (var km = await MonitorAsync())
        {
            await api.KillAsync();
            try
            {
                await using var hole = WebServer.BlackHole(new Uri(api.Endpoint).Port);
                for (var i = 0; i < 20; i++) await km.SendAsync($$$$"""{"jsonrpc":"2.0","id":{{{{i}}}},"method":"tools/call","params":{"name":"late{{{{i}}}}"}}""");
                for (var i = 0; i < 20; i++) Assert.Contains($"late{i}\"", await km.ReadLineAsync(), StringComparison.Ordinal);
                await Wait.ForAsync(() => hole.Accepted > 0, "somebody to ask the API that does not answer");
                await AssertWorksAsync(km);
                Assert.Equal(0, await km.FinishAsync());
            }
            finally
            {
                await api.StartAsync();
            }
        }

        await using var next = await MonitorAsync();
        List<string> names = [];
        for (var i = 0; i < 600 && names.Count < 20; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            names = [.. (await api.AsCustomerAsync(key, "api/events?limit=1000")).GetProperty("events").EnumerateArray()
                .Where(item => item.TryGetProperty("name", out _) && item.GetProperty("direction").GetString() == "inbound")
                .Select(item => item.GetProperty("name").GetString()!).Where(name => name.StartsWith("late", StringComparison.Ordinal))];
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"late{i}").Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Equal(0, await next.FinishAsync());
    }

    [Fact]
    public async Task A_downgrade_and_an_upgrade_reach_the_running_session()
    {
        var (customer, _) = await InitAsync();
        await using var km = await MonitorAsync();
        await api.SubscribeAsync(customer, "Free");
        await Wait.ForAsync(() => km.Errors.Contains("Plugin 'api-logger' requires Pro subscription", StringComparison.Ordinal), () => km.Errors);
        Assert.Contains($"Upgrade your plan at: {ApiServer.UpgradeUrl}", km.Errors, StringComparison.Ordinal);
        await Wait.ForAsync(() => !Processes.DescendantsOf(km.Id).Any(IsPlugin), "the plugin's process to end");
        var list = await _home.RunAsync("plugins", "list");
        Assert.Contains("PLG_TIER_001", list.Output, StringComparison.Ordinal);
        await AssertWorksAsync(km);

        await api.SubscribeAsync(customer, "Enterprise");
        await Wait.ForAsync(() => km.Errors.Split("✓ api-logger v1.0.0 (Pro tier)").Length == 3, () => km.Errors);
        await AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains(_home.Audit, record => record.GetProperty("event").GetString() == "plugin.denied" && record.GetProperty("code").GetString() == "PLG_TIER_001");
    }

    [Fact]
    public async Task The_status_shows_the_entitlement_and_how_often_it_decided_without_the_API()
    {
        await InitAsync();
        await using var km = await MonitorAsync();
        await AssertWorksAsync(km);

        // Sooner or later a look at the subscription is due, and asks the API.
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            var session = JsonElement.Parse((await _home.RunAsync("plugins", "status", "--running", "--json")).Output).GetProperty("sessions")[0];
            if (session.GetProperty("answers").GetBoolean()
                && session.GetProperty("decisions") is var decisions && Count("loads", "all") > Count("loads", "cached") && Count("messages", "all") > 0)
            {
                Assert.Equal(Count("messages", "all"), Count("messages", "cached"));
                Assert.Equal(1, decisions.GetProperty("messages").GetProperty("hitRate").GetDouble());
                Assert.Equal("Pro", session.GetProperty("entitlement").GetProperty("tier").GetString());
                Assert.Contains(session.GetProperty("entitlement").GetProperty("state").GetString(), new[] { "fresh", "stale" });
                Assert.Equal(session.GetProperty("entitlement").GetProperty("state").GetString(), session.GetProperty("plugins").EnumerateArray().Single(plugin => plugin.GetProperty("name").GetString() == "api-logger").GetProperty("entitlement").GetString());
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
        await api.PostAsync($"api/admin/keys/{key.Split('_')[2]}/revoke");
        await Wait.ForAsync(() => km.Errors.Contains("[API_AUT_001]", StringComparison.Ordinal), () => km.Errors);
        await AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
        var status = await _home.RunAsync("auth", "status", "--json");
        Assert.Equal((1, "denied"), (status.Status, JsonElement.Parse(status.Output).GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_revoked_build_ends_and_a_refresh_brings_the_next()
    {
        var (_, key) = await InitAsync();
        await using var km = await MonitorAsync();
        var (build, _) = await api.PackageAsync(key);
        await api.PostAsync($"api/admin/builds/{build}/revoke");
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_AUT_005]", StringComparison.Ordinal), () => km.Errors);
        Assert.Equal(0, await km.FinishAsync());
        var refreshed = await _home.RunAsync("plugins", "refresh", "--json");
        Assert.Equal("updated", JsonElement.Parse(refreshed.Output)[0].GetProperty("outcome").GetString());
        await using var next = await MonitorAsync();
        Assert.Equal(0, await next.FinishAsync());
    }

    [Fact]
    public async Task While_the_api_is_away_the_plugin_goes_on_and_starts()
    {
        var (_, key) = await InitAsync();
        await api.KillAsync();
        try
        {
            await using var km = await MonitorAsync();
            await AssertWorksAsync(km);
            Assert.Equal(0, await km.FinishAsync());
            Assert.Equal("stale", JsonElement.Parse((await _home.RunAsync("auth", "status", "--json")).Output).GetProperty("state").GetString());
            var refresh = await _home.RunAsync("plugins", "refresh");
            Assert.Equal(1, refresh.Status);
            Assert.Contains("[API_NET_001]", refresh.Errors, StringComparison.Ordinal);
        }
        finally
        {
            await api.StartAsync();
        }

        await using var next = await MonitorAsync();
        var arrived = 0;
        for (var i = 0; i < 600 && arrived < 2; i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            arrived = (await api.AsCustomerAsync(key, "api/events")).GetProperty("events").GetArrayLength();
        }

        Assert.True(arrived >= 2, "what was recorded while the API was away did not arrive");
        Assert.Equal(0, await next.FinishAsync());
    }

    [Fact]
    public async Task Nothing_of_the_subscription_is_installed_without_consent()
    {
        var (_, key) = await InitAsync(provision: false);
        foreach (var command in new string[][] { ["plugins", "refresh"], ["init", "--auto-provision-plugins"] })
        {
            var (status, output, errors) = await _home.RunAsync(command);
            Assert.Equal(1, status);
            Assert.False(File.Exists(_home.Installed("api-logger")), output);
            Assert.Contains("[PLG_INS_005]", errors, StringComparison.Ordinal);
            Assert.Contains($"km {string.Join(' ', command)} --yes", errors, StringComparison.Ordinal);

            // What leaves this machine, and to whom.
            Assert.Contains($"can leave this machine, to: the Kilometers API that you are signed in to ({api.Endpoint}", errors, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await _home.RunAsync("plugins", "refresh", "--yes")).Status);
        var (build, _) = await api.PackageAsync(key);
        await api.PostAsync($"api/admin/builds/{build}/revoke");

        // The next build may do no more than the one before: nobody is asked.
        var next = await _home.RunAsync("plugins", "refresh");
        Assert.True(next.Status == 0, next.Errors);
        Assert.Contains("updated", next.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Install", next.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_customers_package_is_refused()
    {
        await InitAsync();
        var (_, other) = await api.CreateCustomerAsync("Pro");
        var (_, package) = await api.PackageAsync(other);
        await File.WriteAllBytesAsync(_home.File("other.kmpkg"), package, TestContext.Current.CancellationToken);
        var (status, _, errors) = await _home.RunAsync("plugins", "install", _home.File("other.kmpkg"), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_CUS_001]", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_that_broke_off_is_gone_on_with_and_a_damaged_one_begun_anew(bool isGood)
    {
        var (_, key) = await InitAsync(provision: false);
        var (build, package) = await api.PackageAsync(key);
        var half = package[..(package.Length / 2)];
        if (!isGood) half[1000] ^= 1;
        Modes.Folder(Path.Combine(_home.Path, "downloads"));
        await File.WriteAllBytesAsync(Path.Combine(_home.Path, "downloads", build + ".part"), half, TestContext.Current.CancellationToken);
        var first = await _home.RunAsync("plugins", "refresh", "--yes");
        Assert.Equal(isGood ? 0 : 1, first.Status);
        Assert.Equal(isGood, File.Exists(_home.Installed("api-logger")));
        if (!isGood) Assert.Equal(0, (await _home.RunAsync("plugins", "refresh", "--yes")).Status);
        Assert.Equal(package, await File.ReadAllBytesAsync(_home.Installed("api-logger"), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_home.Path, "downloads")));
    }

    [Fact]
    public async Task Signing_in_tells_a_mistyped_key_from_a_refused_one_and_signing_out_forgets()
    {
        await ConfigureAsync();
        Assert.Contains("[CFG_KEY_001]", (await LoginAsync("km_live_mistyped")).Errors, StringComparison.Ordinal);
        Assert.Contains("[API_AUT_001]", (await LoginAsync(Contracts.Api.ApiKey.Create().Text)).Errors, StringComparison.Ordinal);
        var (_, key) = await api.CreateCustomerAsync("Free");
        var login = await LoginAsync(key);
        Assert.True(login.Status == 0, login.Errors);
        AssertKeyIsNowhere(key);
        Assert.Equal(0, (await _home.RunAsync("auth", "status")).Status);
        Assert.Equal(0, (await _home.RunAsync("auth", "logout")).Status);
        Assert.False(File.Exists(Path.Combine(_home.Path, "config", "account.json")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_home.Path, "credentials")));
        Assert.Equal(1, (await _home.RunAsync("auth", "status")).Status);
        Assert.Equal(["account.login denied", "account.login allowed", "account.logout allowed"], _home.Audit.Select(record => $"{record.GetProperty("event")} {record.GetProperty("decision")}").Where(text => text.StartsWith("account", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_environments_proxy_gets_https_and_never_a_key_for_this_machine()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var address = $"http://{proxy.LocalEndpoint}";
        var variables = new Dictionary<string, string>(_home.Environment) { ["http_proxy"] = address, ["https_proxy"] = address, ["KM_API_KEY"] = Contracts.Api.ApiKey.Create().Text };
        await ConfigureAsync();
        await using (var km = KmProcess.Start(Programs.Km, ["auth", "status"], variables, _home.Path))
        {
            Assert.Equal(1, await km.FinishAsync());
            Assert.Contains("[API_AUT_001]", km.Errors, StringComparison.Ordinal);
        }

        Assert.False(proxy.Pending());
        variables["KM_API_ENDPOINT"] = "https://api.example.com";
        await using var remote = KmProcess.Start(Programs.Km, ["auth", "status"], variables, _home.Path);

        // The client may try again: nobody is there then.
        using var connection = await proxy.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Assert.Equal("CONNECT api.example.com:443 HTTP/1.1", await new StreamReader(connection.GetStream()).ReadLineAsync(TestContext.Current.CancellationToken));
        proxy.Stop();
        connection.Close();
        Assert.Equal(1, await remote.FinishAsync());
        Assert.Contains("[API_NET_001]", remote.Errors, StringComparison.Ordinal);
    }

    private async Task<(string Customer, string Key)> InitAsync(bool provision = true)
    {
        await ConfigureAsync();
        var (customer, key) = await api.CreateCustomerAsync("Pro");
        if (!provision)
        {
            Assert.Equal(0, (await LoginAsync(key)).Status);
            return (customer, key);
        }

        await using var km = KmProcess.Start(Programs.Km, ["init", "--endpoint", api.Endpoint, "--auto-provision-plugins", "--yes"], new Dictionary<string, string>(_home.Environment) { ["KM_API_KEY"] = key }, _home.Path);
        Assert.True(await km.FinishAsync() == 0, km.Errors);
        File.Delete(_home.Installed("console-logger"));
        return (customer, key);
    }

    private static bool IsPlugin(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").StartsWith("km-plugin", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It is gone.
            return false;
        }
    }

    private async Task ConfigureAsync()
    {
        Assert.Equal(0, (await _home.RunAsync("trust", "add", api.Root, "--yes")).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "endpoint", api.Endpoint)).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "entitlement-refresh", "1")).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "credential-helper", "file")).Status);
    }

    private async Task<(int Status, string Errors)> LoginAsync(string key)
    {
        await using var km = KmProcess.Start(Programs.Km, ["auth", "login"], _home.Environment, _home.Path);
        await km.SendAsync(key);
        return (await km.FinishAsync(), km.Errors);
    }

    private async Task<KmProcess> MonitorAsync()
    {
        var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await AssertWorksAsync(km);
        await Wait.ForAsync(() => km.Errors.Contains("✓ api-logger v1.0.0 (Pro tier)", StringComparison.Ordinal), () => km.Errors);
        return km;
    }

    private static async Task AssertWorksAsync(KmProcess km)
    {
        var line = $$"""{"jsonrpc":"2.0","method":"notifications/{{Guid.NewGuid():N}}"}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
    }

    private void AssertKeyIsNowhere(string key)
    {
        foreach (var file in Directory.EnumerateFiles(_home.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(key[21..40], Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
    }
}
