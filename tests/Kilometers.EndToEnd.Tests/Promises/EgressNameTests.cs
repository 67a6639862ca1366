using Kilometers.EndToEnd.Tests.Network;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Promises;

/// <summary>Grants are compared as DNS compares names, and addresses are never a way around a name.</summary>
public sealed class EgressNameTests
{
    [Fact]
    public async Task A_granted_name_is_the_same_with_capitals_and_a_dot_at_its_end()
    {
        await using var server = WebServer.Http();
        using var home = Home();
        home.WritePolicy($$$"""{"version":1,"network":{"allowPrivate":["localhost:{{{server.Port}}}"]}}""");
        await home.InstallAsync($"localhost:{server.Port}");
        await using var km = await home.MonitorAsync();
        foreach (var name in new[] { "localhost", "LOCALHOST", "LocalHost", "localhost.", "LOCALHOST." })
            Assert.StartsWith("200 hello", await NetworkHome.FetchAsync(km, $"http://{name}:{server.Port}/"), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task Nothing_else_is_the_same_name()
    {
        await using var server = WebServer.Http();
        using var home = Home();
        home.WritePolicy($$$"""{"version":1,"network":{"allowPrivate":["localhost:{{{server.Port}}}"]}}""");
        await home.InstallAsync($"localhost:{server.Port}");
        await using var km = await home.MonitorAsync();
        string[] others =
        [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost.localdomain",
            "ip6-localhost",
            "www.localhost",
            "l\u043ecalhost",
        ];
        foreach (var name in others)
        {
            var outcome = await NetworkHome.FetchAsync(km, $"http://{name}:{server.Port}/");
            Assert.StartsWith("failed PLG_NET_001 ", outcome, StringComparison.Ordinal);
        }

        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(0, server.Accepted);
    }

    [Fact]
    public async Task A_name_in_its_own_letters_is_the_one_in_punycode_and_no_lookalike()
    {
        using var home = Home();
        await home.InstallAsync("xn--bcher-kva.invalid:80", "example.invalid:80");
        await using var km = await home.MonitorAsync();
        foreach (
            var granted in new[]
            {
                "b\u00fccher.invalid",
                "B\u00dcCHER.invalid.",
                "xn--bcher-kva.invalid",
                "XN--BCHER-KVA.INVALID",
                "EXAMPLE.invalid.",
            }
        )
            Assert.StartsWith("failed PLG_NET_003 ", await NetworkHome.FetchAsync(km, $"http://{granted}/"), StringComparison.Ordinal);
        foreach (
            var other in new[]
            {
                "bucher.invalid",
                "bu\u0308cher.example",
                "ex\u0430mple.invalid",
                "example.invalid.example",
                "a.example.invalid",
            }
        )
            Assert.StartsWith("failed PLG_NET_001 ", await NetworkHome.FetchAsync(km, $"http://{other}/"), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task A_public_address_of_this_machine_or_of_its_neighbours_is_refused_unless_a_policy_names_it()
    {
        const string Network =
            "ip link set lo up; ip link add d0 type veth peer name d1; ip addr add 93.184.216.34/24 dev d0; ip link set d0 up; ip link set d1 up";
        Assert.SkipUnless(
            await Commands.RunAsync("unshare", "-n", "/bin/sh", "-ec", Network) == 0,
            "this machine lets tests make no networks (unshare, ip)"
        );
        using var home = Home();
        home.WritePolicy("""{"version":1,"network":{"allowPrivate":["93.184.216.34:81"]}}""");
        await home.InstallAsync("93.184.216.34:80", "93.184.216.34:81", "93.184.216.77:80");
        await using var km = await home.MonitorAsync("unshare", "-n", "/bin/sh", "-ec", Network + "; exec \"$@\"", "sh");
        Assert.StartsWith("failed PLG_NET_002 ", await NetworkHome.FetchAsync(km, "http://93.184.216.34/"), StringComparison.Ordinal);
        Assert.StartsWith("failed PLG_NET_002 ", await NetworkHome.FetchAsync(km, "http://93.184.216.77/"), StringComparison.Ordinal);
        Assert.StartsWith("failed PLG_NET_003 ", await NetworkHome.FetchAsync(km, "http://93.184.216.34:81/"), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
    }

    private static NetworkHome Home()
    {
        var home = new NetworkHome("https://api.example.com");
        foreach (var name in new[] { "http_proxy", "https_proxy", "all_proxy", "no_proxy" })
            home.Variables[name] = home.Variables[name.ToUpperInvariant()] = "";
        return home;
    }
}
