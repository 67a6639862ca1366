using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Network;

/// <summary>A user who is signed in to an API and has a plugin that may connect to something.</summary>
internal sealed class NetworkHome : IDisposable
{
    private readonly KmHomeFolder _home = new();

    /// <param name="endpoint">The API that the user is signed in to.</param>
    public NetworkHome(string endpoint)
    {
        var folder = Modes.Folder(Path.Combine(_home.Path, "config"));
        File.WriteAllText(Path.Combine(folder, "km.json"), JsonSerializer.Serialize(new { endpoint }));
        File.WriteAllText(
            Path.Combine(folder, "account.json"),
            JsonSerializer.Serialize(
                new
                {
                    endpoint,
                    customerId = "c1",
                    customerName = "Test",
                    keyId = "k1",
                    issuer = "https://issuer.test",
                }
            )
        );
    }

    /// <summary>Variables for km, besides those of the home.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>A folder of the test's own.</summary>
    public string Folder => Path.GetDirectoryName(_home.Path)!;

    /// <summary>The records of <c>plugin.network</c>, as <c>decision code detail</c>.</summary>
    public IEnumerable<string> NetworkAudit =>
        _home
            .Audit.Where(record => record.GetProperty("event").GetString() == "plugin.network")
            .Select(record =>
                $"{record.GetProperty("decision")} {(record.TryGetProperty("code", out var code) ? code.GetString() : "")} {record.GetProperty("detail")}"
            );

    /// <summary>Installs the test plugin.</summary>
    /// <param name="network">What its manifest says of the network.</param>
    /// <returns>What the user was shown.</returns>
    public Task<string> InstallAsync(params string[] network) =>
        _home.InstallTestPluginAsync(manifest => manifest with { Capabilities = new() { Network = network } });

    /// <summary>The user's own policy.</summary>
    public void WritePolicy(string policy)
    {
        var path = Path.Combine(_home.Path, "config", "policy.json");
        File.WriteAllText(path, policy);
        Modes.Set(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>What <c>km plugins status</c> says of the plugin's network.</summary>
    public async Task<JsonElement> StatusAsync() =>
        JsonElement
            .Parse((await _home.RunAsync("plugins", "status", "--running", "--json")).Output)
            .GetProperty("sessions")[0]
            .GetProperty("plugins")[0]
            .GetProperty("network");

    /// <summary>A session in which the plugin runs.</summary>
    /// <param name="starter">A command that starts km; none: it is started directly.</param>
    public async Task<KmProcess> MonitorAsync(params string[] starter)
    {
        string[] command = [.. starter, Programs.Km, "monitor", "--server", "--", "cat"];
        var km = KmProcess.Start(command[0], command[1..], new Dictionary<string, string>([.. _home.Environment, .. Variables]));
        await AssertWorksAsync(km);
        await Wait.ForAsync(() => km.Errors.Contains("✓ test-plugin v1.2.3", StringComparison.Ordinal), () => km.Errors);
        return km;
    }

    /// <summary>Lets the plugin get an address.</summary>
    /// <returns>What it says came of it.</returns>
    public static async Task<string> FetchAsync(KmProcess km, string url, string how = "test/fetch")
    {
        var marker = $"{how} {url}: ";
        var before = km.Errors.Split(marker).Length;
        var line = $$$"""{"jsonrpc":"2.0","method":"{{{how}}}","params":{"url":"{{{url}}}"}}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
        await Wait.ForAsync(
            () => km.Errors.Split(marker) is var parts && parts.Length > before && parts[^1].Contains('\n', StringComparison.Ordinal),
            () => km.Errors
        );
        return km.Errors.Split(marker)[^1].Split('\n')[0];
    }

    public static async Task AssertWorksAsync(KmProcess km)
    {
        var line = $$"""{"jsonrpc":"2.0","method":"notifications/{{Guid.NewGuid():N}}"}""";
        await km.SendAsync(line);
        Assert.Equal(line, await km.ReadLineAsync());
    }

    public void Dispose() => _home.Dispose();
}
