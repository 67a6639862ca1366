using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>A subscriber whose guard has rules: what it reports depends on the subscription, in the middle of a session, too.</summary>
public sealed class GuardRulesTests(ApiServer api) : SubscribedUser(api)
{
    private const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    private const string Rules = """
        {
          "version": 1,
          "rules": [
            { "name": "no-etc", "severity": "high", "when": { "servers": ["calc"], "arguments": { "/text": ["/etc/*"] } } }
          ]
        }
        """;

    [Fact]
    public async Task Rules_are_in_force_as_long_as_the_subscription_is_Enterprise()
    {
        await Api.PublishGuardAsync();
        await ConfigureAsync();
        var (customer, key) = await Api.CreateCustomerAsync("Enterprise");
        Assert.Equal(0, (await LoginAsync(key)).Status);
        var (status, _, errors) = await Home.RunAsync("plugins", "refresh", "--yes");
        Assert.True(status == 0, errors);
        File.Delete(Home.Installed("api-logger"));
        var file = Home.File("guard.json");
        await File.WriteAllTextAsync(file, Rules, TestContext.Current.CancellationToken);
        (status, var output, errors) = await Home.RunAsync("guard", "use", file);
        Assert.True(status == 0, errors);
        Assert.Contains("1 rule in force.", output, StringComparison.Ordinal);
        Assert.Single(Home.Audit, record => record.GetProperty("event").GetString() == "guard.rules");

        await using var km = KmProcess.Monitor(["--name", "calc"], Conversation.Server, Home.Environment);
        await km.SaysAsync("✓ guard v1.0.0");
        await CallUntilAsync(km, "/etc/passwd", "GRD_RUL_001 high: tools/call 'echo' violates the rule 'no-etc'");

        // The Free part continues.
        await Api.SubscribeAsync(customer, "Free");
        await CallUntilAsync(km, "/etc/shadow", "GRD_RUL_003 medium: guard.json is not in force");
        await EchoAsync(km, Secret);
        await km.SaysAsync("GRD_SEC_001 high: tools/call 'echo' sends the server an access token or key");
        var before = Violations(km);
        await EchoAsync(km, "/etc/hosts");
        await EchoAsync(km, "AKIA" + "IOSFODNN7EXAMPLE");
        await Wait.ForAsync(() => km.Errors.Split("GRD_SEC_001 high").Length > 2, () => km.Errors);
        Assert.Equal(before, Violations(km));

        await Api.SubscribeAsync(customer, "Enterprise");
        await CallUntilAsync(km, "/etc/group", "/text = /etc/group");
        await km.EndAsync();
    }

    private static int Violations(KmProcess km) => km.Errors.Split("GRD_RUL_001").Length - 1;

    /// <summary>A change of the subscription reaches the session after some time: the same call, until guard says something else of it.</summary>
    private Task CallUntilAsync(KmProcess km, string text, string expected) =>
        Wait.ForAsync(
            async () =>
            {
                await EchoAsync(km, text);
                // A command takes longer than guard needs for a call: its queue stays empty.
                await Home.RunAsync("guard", "list");
                return km.Errors.Contains(expected, StringComparison.Ordinal);
            },
            expected
        );

    private static async Task EchoAsync(KmProcess km, string text)
    {
        await km.SendAsync(
            $$$$"""{"jsonrpc":"2.0","id":{{{{Guid.NewGuid().GetHashCode() & int.MaxValue}}}},"method":"tools/call","params":{"name":"echo","arguments":{"text":{{{{JsonSerializer.Serialize(text)}}}}}}}"""
        );
        Assert.NotNull(await km.ReadLineAsync());
    }
}
