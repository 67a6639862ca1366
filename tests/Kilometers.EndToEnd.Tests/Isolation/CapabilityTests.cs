using System.Reflection;
using Kilometers.Contracts.Packages;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Isolation;

/// <summary>
/// What a manifest does not ask for is not handed over: one test for each member of <see cref="PluginCapabilities"/>, whatever they are. The
/// user is signed in with a subscription, so that there is something to hand over.
/// </summary>
public sealed class CapabilityTests(ApiServer api) : IDisposable, IClassFixture<ApiServer>
{
    private static readonly PluginCapabilities All = new()
    {
        Network = [NetworkEntry.KilometersApi],
        StateDirectory = true,
        Credentials = true,
    };

    /// <summary>What the plugin reports where it has nothing of a capability.</summary>
    private static readonly Dictionary<string, string[]> Nothing = new()
    {
        [nameof(PluginCapabilities.Network)] = ["api= ", "egress=(null)."],
        [nameof(PluginCapabilities.StateDirectory)] = ["state= "],
        [nameof(PluginCapabilities.Credentials)] = ["token=0 "],
    };

    private readonly KmHomeFolder _home = new();

    public static TheoryData<string> Capabilities => [.. Members().Select(member => member.Name)];

    public void Dispose() => _home.Dispose();

    [Theory]
    [MemberData(nameof(Capabilities))]
    public async Task A_capability_that_the_manifest_does_not_ask_for_gives_nothing(string capability)
    {
        Assert.True(
            Nothing.ContainsKey(capability),
            $"{capability} is a new capability: show here that a plugin without it gets nothing of it"
        );
        await SignInAsync();
        var without = All with { };
        var member = Members().Single(known => known.Name == capability);
        member.SetValue(without, member.GetValue(new PluginCapabilities()));
        var given = await GivenAsync(without);
        foreach (var (name, words) in Nothing)
        {
            foreach (var word in words)
            {
                if (name == capability)
                    Assert.Contains(word, given, StringComparison.Ordinal);
                else
                    Assert.DoesNotContain(word, given, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>All but the one with which a plugin is asked, and given nothing: see <see cref="Interception.InterceptionTests"/>.</summary>
    private static PropertyInfo[] Members() =>
        [
            .. typeof(PluginCapabilities)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(member => member.Name != nameof(PluginCapabilities.Intercept)),
        ];

    private async Task SignInAsync()
    {
        Assert.Equal(0, (await _home.RunAsync("trust", "add", api.Root, "--yes")).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "endpoint", api.Endpoint)).Status);
        Assert.Equal(0, (await _home.RunAsync("config", "set", "credential-helper", "file")).Status);
        var (_, key) = await api.CreateCustomerAsync("Pro");
        await using var km = KmProcess.Start(Programs.Km, ["auth", "login"], _home.Environment, _home.Path);
        await km.SendAsync(key);
        Assert.True(await km.FinishAsync() == 0, km.Errors);

        // What the subscription covers is known when the API was asked.
        Assert.Equal(0, (await _home.RunAsync("plugins", "refresh", "--yes")).Status);
    }

    /// <returns>What the plugin says it was given.</returns>
    private async Task<string> GivenAsync(PluginCapabilities capabilities)
    {
        // Above the Free tier, so that the session has an entitlement; the plugin itself is content without.
        await _home.InstallTestPluginAsync(manifest => manifest with { RequiredTier = "Pro", Capabilities = capabilities });
        await using var km = KmProcess.Monitor([], ["cat"], _home.Environment);
        await Wait.ForAsync(() => km.Errors.Contains("✓ test-plugin v1.2.3", StringComparison.Ordinal), () => km.Errors);
        await km.SendAsync("""{"jsonrpc":"2.0","method":"test/given"}""");
        await Wait.ForAsync(
            () =>
                km.Errors.Contains("given: ", StringComparison.Ordinal)
                && km.Errors.Split("given: ")[1].Contains('\n', StringComparison.Ordinal),
            () => km.Errors
        );
        var given = km.Errors.Split("given: ")[1].Split('\n')[0];
        Assert.Equal(0, await km.FinishAsync());
        return given;
    }
}
