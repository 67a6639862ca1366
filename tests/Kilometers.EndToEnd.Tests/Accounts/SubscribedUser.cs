using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>A user of an API, with a home of his own.</summary>
public abstract class SubscribedUser(ApiServer api) : IClassFixture<ApiServer>, IDisposable
{
    private readonly KmHomeFolder _home = new(isTrusting: false);

    internal ApiServer Api { get; } = api;

    internal KmHomeFolder Home => _home;

    public void Dispose()
    {
        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<(string Customer, string Key)> InitAsync(bool provision = true)
    {
        await ConfigureAsync();
        var (customer, key) = await Api.CreateCustomerAsync("Pro");
        if (!provision)
        {
            Assert.Equal(0, (await LoginAsync(key)).Status);
            return (customer, key);
        }

        await using var km = KmProcess.Start(
            Programs.Km,
            ["init", "--endpoint", Api.Endpoint, "--auto-provision-plugins", "--yes"],
            new Dictionary<string, string>(_home.Environment) { ["KM_API_KEY"] = key },
            _home.Path
        );
        Assert.True(await km.FinishAsync() == 0, km.Errors);

        // The plugin of the subscription alone is looked at.
        File.Delete(_home.Installed("console-logger"));
        File.Delete(_home.Installed("guard"));
        File.Delete(_home.Installed("recorder"));
        return (customer, key);
    }

    private protected static bool IsPlugin(int process)
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

    private protected async Task ConfigureAsync()
    {
        Assert.Equal(0, (await _home.RunAsync("trust", "add", Api.Root, "--yes")).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "endpoint", Api.Endpoint)).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "entitlement-refresh", "1")).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "credential-helper", "file")).Status);
    }

    private protected async Task<(int Status, string Errors)> LoginAsync(string key)
    {
        await using var km = KmProcess.Start(Programs.Km, ["auth", "login"], _home.Environment, _home.Path);
        await km.SendAsync(key);
        return (await km.FinishAsync(), km.Errors);
    }

    private protected async Task<KmProcess> MonitorAsync()
    {
        var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await AssertWorksAsync(km);
        await Wait.ForAsync(() => km.Errors.Contains("✓ api-logger v1.0.0 (Pro tier)", StringComparison.Ordinal), () => km.Errors);
        return km;
    }

    private protected static async Task AssertWorksAsync(KmProcess km)
    {
        var line = $$"""{"jsonrpc":"2.0","method":"notifications/{{Guid.NewGuid():N}}"}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
    }

    private protected void AssertKeyIsNowhere(string key)
    {
        Processes.WaitForHostsOf(_home.Path);
        foreach (var file in Directory.EnumerateFiles(_home.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(key[21..40], Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal);
    }
}
