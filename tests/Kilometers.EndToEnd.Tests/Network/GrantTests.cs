using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Network;

/// <summary>What a plugin reaches through km, with real processes and servers of this machine: that it was granted, and nothing else.</summary>
public sealed class GrantTests
{
    [Fact]
    public async Task A_granted_host_is_reached_with_tls_between_plugin_and_host()
    {
        await using var server = WebServer.Https(200_000);
        using var home = Home($"https://localhost:{server.Port}");
        Assert.Contains(
            "- connect to the Kilometers API that you are signed in to",
            await home.InstallAsync("kilometers-api"),
            StringComparison.Ordinal
        );
        await using var km = await home.MonitorAsync();
        for (var i = 0; i < 3; i++)
            Assert.StartsWith("200 hello", await NetworkHome.FetchAsync(km, $"https://localhost:{server.Port}/"), StringComparison.Ordinal);
        Assert.Contains("(200000 bytes)", km.Errors, StringComparison.Ordinal);
        await NetworkHome.AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal([$"allowed  localhost:{server.Port}"], home.NetworkAudit);
    }

    [Fact]
    public async Task A_host_that_is_not_the_one_it_says_is_not_trusted_through_km_either()
    {
        await using var server = WebServer.Https();
        using var home = Home($"https://127.0.0.1:{server.Port}");
        await home.InstallAsync("kilometers-api");
        await using var km = await home.MonitorAsync();
        Assert.Contains(
            "AuthenticationException",
            await NetworkHome.FetchAsync(km, $"https://127.0.0.1:{server.Port}/"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Another_host_or_port_is_refused_audited_and_warned_of_once()
    {
        await using var granted = WebServer.Http();
        await using var other = WebServer.Http();
        using var home = Home($"http://127.0.0.1:{granted.Port}");
        await home.InstallAsync("kilometers-api", "api.example.com:443");
        await using var km = await home.MonitorAsync();
        string[] refused =
        [
            $"http://127.0.0.1:{other.Port}/",
            $"http://localhost:{granted.Port}/",
            "https://api.example.com:444/",
            "http://[::1]:1/",
        ];
        foreach (var url in refused)
        {
            Assert.StartsWith("failed PLG_NET_001 ", await NetworkHome.FetchAsync(km, url), StringComparison.Ordinal);
            Assert.StartsWith("failed PLG_NET_001 ", await NetworkHome.FetchAsync(km, url), StringComparison.Ordinal);
        }

        Assert.StartsWith("200 hello", await NetworkHome.FetchAsync(km, $"http://127.0.0.1:{granted.Port}/"), StringComparison.Ordinal);
        await NetworkHome.AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(0, other.Accepted);
        Assert.Equal(refused.Length, km.Errors.Split("[PLG_NET_001]").Length - 1);
        Assert.Equal(refused.Length, home.NetworkAudit.Count(record => record.StartsWith("denied PLG_NET_001 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_granted_name_that_leads_to_this_machine_is_refused()
    {
        await using var server = WebServer.Http();
        using var home = Home("https://api.example.com");
        await home.InstallAsync($"localhost:{server.Port}", $"127.0.0.1:{server.Port}");
        await using var km = await home.MonitorAsync();
        Assert.StartsWith(
            "failed PLG_NET_002 ",
            await NetworkHome.FetchAsync(km, $"http://localhost:{server.Port}/"),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "failed PLG_NET_002 ",
            await NetworkHome.FetchAsync(km, $"http://127.0.0.1:{server.Port}/"),
            StringComparison.Ordinal
        );
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(0, server.Accepted);
        Assert.Equal(2, home.NetworkAudit.Count(record => record.StartsWith("denied PLG_NET_002 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_private_address_is_reached_where_a_policy_names_it_and_only_with_a_grant()
    {
        await using var server = WebServer.Http();
        await using var other = WebServer.Http();
        using var home = Home("https://api.example.com");
        home.WritePolicy($$$"""{"version":1,"network":{"allowPrivate":["localhost:{{{server.Port}}}","localhost:{{{other.Port}}}"]}}""");
        await home.InstallAsync($"localhost:{server.Port}", $"127.0.0.1:{server.Port}");
        await using var km = await home.MonitorAsync();
        Assert.StartsWith("200 hello", await NetworkHome.FetchAsync(km, $"http://localhost:{server.Port}/"), StringComparison.Ordinal);

        // The policy grants nothing by itself, and nothing under another name.
        Assert.StartsWith(
            "failed PLG_NET_001 ",
            await NetworkHome.FetchAsync(km, $"http://localhost:{other.Port}/"),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "failed PLG_NET_002 ",
            await NetworkHome.FetchAsync(km, $"http://127.0.0.1:{server.Port}/"),
            StringComparison.Ordinal
        );

        var status = await home.StatusAsync();
        Assert.Equal(
            (1, 2, 0),
            (
                status.GetProperty("connections").GetInt32(),
                status.GetProperty("refused").GetInt32(),
                status.GetProperty("failed").GetInt32()
            )
        );
        Assert.True(status.GetProperty("bytesSent").GetInt64() > 20, status.ToString());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(0, other.Accepted);
    }

    [Fact]
    public async Task Through_the_users_proxy_a_host_is_reached_that_km_cannot_resolve()
    {
        await using var server = WebServer.Https();
        var heads = new List<string>();
        await using var proxy = WebServer.Proxy(server.Port, heads);
        using var home = Home("https://api.test");
        home.Variables["https_proxy"] = $"http://user:secret@127.0.0.1:{proxy.Port}";
        await home.InstallAsync("kilometers-api");
        await using var km = await home.MonitorAsync();
        Assert.StartsWith("200 hello", await NetworkHome.FetchAsync(km, "https://api.test/"), StringComparison.Ordinal);
        Assert.StartsWith("failed PLG_NET_001 ", await NetworkHome.FetchAsync(km, "https://other.test/"), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(
            "CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n",
            Assert.Single(heads)
        );
    }

    [Fact]
    public async Task A_proxy_that_refuses_is_named_and_never_gone_around()
    {
        await using var server = WebServer.Https();
        var heads = new List<string>();
        await using var proxy = WebServer.Proxy(0, heads);
        using var home = Home("https://api.test");
        home.Variables["https_proxy"] = $"http://127.0.0.1:{proxy.Port}";
        await home.InstallAsync("kilometers-api");
        await using var km = await home.MonitorAsync();
        Assert.StartsWith("failed PLG_NET_004 ", await NetworkHome.FetchAsync(km, "https://api.test/"), StringComparison.Ordinal);
        await Wait.ForAsync(() => km.Errors.Contains("[PLG_NET_004]", StringComparison.Ordinal), () => km.Errors);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Single(heads);
    }

    [Fact]
    public async Task This_machine_is_never_asked_for_through_a_proxy()
    {
        await using var server = WebServer.Http();
        var heads = new List<string>();
        await using var proxy = WebServer.Proxy(0, heads);
        using var home = Home($"http://127.0.0.1:{server.Port}");
        foreach (var variable in new[] { "http_proxy", "https_proxy", "all_proxy" })
            home.Variables[variable] = $"http://127.0.0.1:{proxy.Port}";
        await home.InstallAsync("kilometers-api");
        await using var km = await home.MonitorAsync();
        Assert.StartsWith("200 hello", await NetworkHome.FetchAsync(km, $"http://127.0.0.1:{server.Port}/"), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Empty(heads);
    }

    [Fact]
    public async Task A_session_with_open_connections_ends_at_once_and_leaves_nothing()
    {
        await using var hole = WebServer.BlackHole();
        using var home = Home($"http://127.0.0.1:{hole.Port}");
        await home.InstallAsync("kilometers-api");
        await using var km = await home.MonitorAsync();
        await km.SendAsync($$$"""{"jsonrpc":"2.0","method":"test/fetch","params":{"url":"http://127.0.0.1:{{{hole.Port}}}/"}}""");
        await Wait.ForAsync(() => hole.Open == 1, "the connection to the black hole");
        var descendants = Processes.DescendantsOf(km.Id);
        Assert.NotEmpty(descendants);
        Assert.Equal(0, await km.FinishAsync());
        await Wait.ForAsync(() => hole.Open == 0, "the connection to end");
        await Wait.ForAsync(() => !descendants.Any(Processes.IsAlive), "the host and the plugin to end");
    }

    [Fact]
    public async Task When_the_plugin_is_killed_its_connections_end()
    {
        await using var hole = WebServer.BlackHole();
        using var home = Home($"http://127.0.0.1:{hole.Port}");
        await home.InstallAsync("kilometers-api");
        await using var km = await home.MonitorAsync();
        await km.SendAsync($$$"""{"jsonrpc":"2.0","method":"test/fetch","params":{"url":"http://127.0.0.1:{{{hole.Port}}}/"}}""");
        await Wait.ForAsync(() => hole.Open == 1, "the connection to the black hole");
        var plugin = Processes
            .DescendantsOf(km.Id)
            .Single(id => File.ResolveLinkTarget($"/proc/{id}/exe", false)?.Name == "km-plugin-test-plugin");
        KmProcess.Send(plugin, PosixSignalNumber.Kill);
        await Wait.ForAsync(() => hole.Open == 0, "the connection to end");
        Assert.Equal(
            $$$"""{"jsonrpc":"2.0","method":"test/fetch","params":{"url":"http://127.0.0.1:{{{hole.Port}}}/"}}""",
            await km.ReadLineAsync()
        );
        await NetworkHome.AssertWorksAsync(km);
        Assert.Equal(0, await km.FinishAsync());
    }

    private static NetworkHome Home(string endpoint)
    {
        var home = new NetworkHome(endpoint);
        home.Variables["SSL_CERT_FILE"] = WebServer.WriteAuthority(home.Folder);
        foreach (
            var name in new[] { "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY" }
        )
            home.Variables[name] = "";
        return home;
    }
}
