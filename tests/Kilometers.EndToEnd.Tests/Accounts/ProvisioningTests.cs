using System.Net;
using System.Net.Sockets;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>What is downloaded and installed of a subscription, and signing in and out, with the real km and the real API.</summary>
public sealed class ProvisioningTests(ApiServer api) : SubscribedUser(api)
{
    [Fact]
    public async Task Nothing_of_the_subscription_is_installed_without_consent()
    {
        var (_, key) = await InitAsync(provision: false);
        foreach (var command in new string[][] { ["plugins", "refresh"], ["init", "--auto-provision-plugins"] })
        {
            var (status, output, errors) = await Home.RunAsync(command);
            Assert.Equal(1, status);
            Assert.False(File.Exists(Home.Installed("api-logger")), output);
            Assert.Contains("[PLG_INS_005]", errors, StringComparison.Ordinal);
            Assert.Contains($"km {string.Join(' ', command)} --yes", errors, StringComparison.Ordinal);

            // What leaves this machine, and to whom.
            Assert.Contains(
                $"can leave this machine, to: the Kilometers API that you are signed in to ({Api.Endpoint}",
                errors,
                StringComparison.Ordinal
            );
        }

        Assert.Equal(0, (await Home.RunAsync("plugins", "refresh", "--yes")).Status);
        var (build, _) = await Api.PackageAsync(key);
        await Api.PostAsync($"api/admin/builds/{build}/revoke");

        // The next build may do no more than the one before: nobody is asked.
        var next = await Home.RunAsync("plugins", "refresh");
        Assert.True(next.Status == 0, next.Errors);
        Assert.Contains("updated", next.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Install", next.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_customers_package_is_refused()
    {
        await InitAsync();
        var (_, other) = await Api.CreateCustomerAsync("Pro");
        var (_, package) = await Api.PackageAsync(other);
        await File.WriteAllBytesAsync(Home.File("other.kmpkg"), package, TestContext.Current.CancellationToken);
        var (status, _, errors) = await Home.RunAsync("plugins", "install", Home.File("other.kmpkg"), "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[PLG_CUS_001]", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_download_that_broke_off_is_gone_on_with_and_a_damaged_one_begun_anew(bool isGood)
    {
        var (_, key) = await InitAsync(provision: false);
        var (build, package) = await Api.PackageAsync(key);
        var half = package[..(package.Length / 2)];
        if (!isGood)
            half[1000] ^= 1;
        Modes.Folder(Path.Combine(Home.Path, "downloads"));
        await File.WriteAllBytesAsync(Path.Combine(Home.Path, "downloads", build + ".part"), half, TestContext.Current.CancellationToken);
        var first = await Home.RunAsync("plugins", "refresh", "--yes");
        Assert.Equal(isGood ? 0 : 1, first.Status);
        Assert.Equal(isGood, File.Exists(Home.Installed("api-logger")));
        if (!isGood)
            Assert.Equal(0, (await Home.RunAsync("plugins", "refresh", "--yes")).Status);
        Assert.Equal(package, await File.ReadAllBytesAsync(Home.Installed("api-logger"), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Home.Path, "downloads")));
    }

    [Fact]
    public async Task Signing_in_tells_a_mistyped_key_from_a_refused_one_and_signing_out_forgets()
    {
        await ConfigureAsync();
        Assert.Contains("[CFG_KEY_001]", (await LoginAsync("km_live_mistyped")).Errors, StringComparison.Ordinal);
        Assert.Contains("[API_AUT_001]", (await LoginAsync(Contracts.Api.ApiKey.Create().Text)).Errors, StringComparison.Ordinal);
        var (_, key) = await Api.CreateCustomerAsync("Free");
        var login = await LoginAsync(key);
        Assert.True(login.Status == 0, login.Errors);
        AssertKeyIsNowhere(key);
        Assert.Equal(0, (await Home.RunAsync("auth", "status")).Status);
        Assert.Equal(0, (await Home.RunAsync("auth", "logout")).Status);
        Assert.False(File.Exists(Path.Combine(Home.Path, "config", "account.json")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Home.Path, "credentials")));
        Assert.Equal(1, (await Home.RunAsync("auth", "status")).Status);
        Assert.Equal(
            ["account.login denied", "account.login allowed", "account.logout allowed"],
            Home.Audit.Select(record => $"{record.GetProperty("event")} {record.GetProperty("decision")}")
                .Where(text => text.StartsWith("account", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task The_environments_proxy_gets_https_and_never_a_key_for_this_machine()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var address = $"http://{proxy.LocalEndpoint}";
        var variables = new Dictionary<string, string>(Home.Environment)
        {
            ["http_proxy"] = address,
            ["https_proxy"] = address,
            ["KM_API_KEY"] = Contracts.Api.ApiKey.Create().Text,
        };
        await ConfigureAsync();
        await using (var km = KmProcess.Start(Programs.Km, ["auth", "status"], variables, Home.Path))
        {
            Assert.Equal(1, await km.FinishAsync());
            Assert.Contains("[API_AUT_001]", km.Errors, StringComparison.Ordinal);
        }

        Assert.False(proxy.Pending());
        variables["KM_API_ENDPOINT"] = "https://api.example.com";
        await using var remote = KmProcess.Start(Programs.Km, ["auth", "status"], variables, Home.Path);

        // The client may try again: nobody is there then.
        using var connection = await proxy.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            "CONNECT api.example.com:443 HTTP/1.1",
            await new StreamReader(connection.GetStream()).ReadLineAsync(TestContext.Current.CancellationToken)
        );
        proxy.Stop();
        connection.Close();
        Assert.Equal(1, await remote.FinishAsync());
        Assert.Contains("[API_NET_001]", remote.Errors, StringComparison.Ordinal);
    }
}
