using System.Text;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Faults;

/// <summary>A Pro customer's machine: signed in, api-logger installed, looking at its entitlement every second.</summary>
internal sealed class Subscriber(string endpoint, string root, string key) : IDisposable
{
    private const string Started = "✓ api-logger v1.0.0 (Pro tier)";

    public KmHomeFolder Home { get; } = new(isTrusting: false);

    public string Key => key;

    public string State => Path.Combine(Home.Path, "state", "api-logger");

    private Dictionary<string, string> Variables => new(Home.Environment) { ["KM_API_KEY"] = key, ["KM_API_ENDPOINT"] = endpoint };

    public static async Task<Subscriber> CreateAsync(ApiServer api, string? endpoint = null, bool provision = true)
    {
        var (_, key) = await api.CreateCustomerAsync("Pro");
        var subscriber = new Subscriber(endpoint ?? api.Endpoint, api.Root, key);
        await subscriber.SetUpAsync(provision);
        return subscriber;
    }

    public async Task SetUpAsync(bool provision)
    {
        Assert.Equal(0, (await Home.RunAsync("trust", "add", root, "--yes")).Status);
        Assert.Equal(0, (await Home.RunAsync("config", "set", "entitlement-refresh", "1")).Status);
        if (!provision)
            return;
        var (status, _, errors) = await RunAsync("init", "--auto-provision-plugins", "--yes");
        Assert.True(status == 0, errors);
        File.Delete(Home.Installed("console-logger"));
    }

    public Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) => RunAsync(Programs.Km, arguments);

    public async Task<(int Status, string Output, string Errors)> RunAsync(string program, string[] arguments)
    {
        await using var km = KmProcess.Start(program, arguments, Variables, Home.Path);
        km.CloseInput();
        var output = await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Wait.Limit);
        return (await km.ExitAsync(), output, km.Errors);
    }

    /// <summary>A session with <c>cat</c> as its server.</summary>
    /// <param name="clock">How far km's clock is moved, as <c>faketime</c> reads it; null: not at all.</param>
    public KmProcess Monitor(string? clock = null) =>
        clock is null
            ? KmProcess.Monitor([], ["cat"], Variables)
            : KmProcess.Start(
                "/usr/bin/faketime",
                ["-f", clock, Programs.Km, "monitor", "--", "cat"],
                new Dictionary<string, string>(Variables) { ["DONT_FAKE_MONOTONIC"] = "1" }
            );

    /// <summary>The same, with the plugin running.</summary>
    public async Task<KmProcess> MonitorWithPluginAsync(string? clock = null)
    {
        var km = Monitor(clock);
        await SendAsync(km, "first");
        await Wait.ForAsync(() => HasPlugin(km), () => km.Errors);
        return km;
    }

    public static bool HasPlugin(KmProcess km) => km.Errors.Contains(Started, StringComparison.Ordinal);

    /// <summary>Sends a request through the session, and reads it back.</summary>
    public static async Task SendAsync(KmProcess km, string name, int padding = 0)
    {
        var line =
            $$$$"""{"jsonrpc":"2.0","id":"{{{{name}}}}","method":"tools/call","params":{"name":"{{{{name}}}}","arguments":{"text":"{{{{new string('x', padding)}}}}"}}}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
    }

    /// <summary>Whether both messages of a name, there and back, are in api-logger's spool.</summary>
    public bool IsSpooled(string name)
    {
        var spool = Path.Combine(State, "spool");
        if (!Directory.Exists(spool))
            return false;
        var text = string.Concat(
            Directory
                .EnumerateFiles(spool, "*.seg", SearchOption.AllDirectories)
                .Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file)))
        );
        return text.Split($"\"name\":\"{name}\"").Length > 2;
    }

    /// <summary>The names of the customer's stored requests from the client, each as often as it is stored; at most 1000.</summary>
    public async Task<List<string>> StoredAsync(ApiServer api) =>
        [
            .. (await api.AsCustomerAsync(key, "api/events?limit=1000&payload=false"))
                .GetProperty("events")
                .EnumerateArray()
                .Where(item => item.GetProperty("direction").GetString() == "inbound" && item.TryGetProperty("name", out _))
                .Select(item => item.GetProperty("name").GetString()!),
        ];

    public void Dispose() => Home.Dispose();
}
