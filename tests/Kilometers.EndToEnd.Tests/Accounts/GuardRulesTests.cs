using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Accounts;

/// <summary>A subscriber whose guard has rules and follows flows: what it reports depends on the subscription, in the middle of a session, too.</summary>
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
        var customer = await SubscribeAsync();
        var file = Home.File("guard.json");
        await File.WriteAllTextAsync(file, Rules, TestContext.Current.CancellationToken);
        var (status, output, errors) = await Home.RunAsync("guard", "use", file);
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

    [Fact]
    public async Task Data_of_one_server_in_the_arguments_to_another_is_shown_as_a_chain_of_messages()
    {
        const string Data = "Salary of A. Lovelace: 91000, of G. Hopper: 97500, of K. Johnson: 88250; bonus in March.";
        await SubscribeAsync();
        await using var hr = await ServeAsync("hr", "read", Data);
        await using var mail = await ServeAsync("mail", "send", "sent");
        await CallAsync(hr, "read", "everything");
        // Sessions are handled side by side: what follows in this one shows that the result was handled.
        await CallAsync(hr, "read", Secret);
        await hr.SaysAsync("GRD_SEC_001 high: tools/call 'read' sends the server");
        await CallAsync(mail, "send", $"As you asked: {Data.ToUpperInvariant()}");
        await mail.SaysAsync("GRD_FLW_001 medium: tools/call 'send' sends the server what server 'hr' sent");
        await mail.SaysAsync("hr: the result of tools/call 'read' (message ");
        await mail.SaysAsync("→ mail: tools/call 'send' (message ");
        await hr.FinishAsync();
        await mail.FinishAsync();
        Assert.DoesNotContain("GRD_FLW", hr.Errors, StringComparison.Ordinal);
        var (_, shown, _) = await Home.RunAsync("guard", "show", "mail");
        Assert.Contains("GRD_FLW_001", shown, StringComparison.Ordinal);
    }

    private async Task<string> SubscribeAsync()
    {
        await Api.PublishGuardAsync();
        await ConfigureAsync();
        var (customer, key) = await Api.CreateCustomerAsync("Enterprise");
        Assert.Equal(0, (await LoginAsync(key)).Status);
        var (status, _, errors) = await Home.RunAsync("plugins", "refresh", "--yes");
        Assert.True(status == 0, errors);
        File.Delete(Home.Installed("api-logger"));
        return customer;
    }

    /// <summary>A session with a server that has one tool.</summary>
    private async Task<KmProcess> ServeAsync(string name, string tool, string result)
    {
        var answers = Home.File(name + ".json");
        await File.WriteAllTextAsync(
            answers,
            $$$"""{"tools/call {{{tool}}}": {"content":[{"type":"text","text":{{{JsonSerializer.Serialize(result)}}}}]}}""",
            TestContext.Current.CancellationToken
        );
        var km = KmProcess.Monitor(["--name", name], [Programs.TestMcpServer, "answers", answers], Home.Environment);
        await km.SaysAsync("✓ guard v1.0.0");
        return km;
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

    private static Task EchoAsync(KmProcess km, string text) => CallAsync(km, "echo", text);

    private static async Task CallAsync(KmProcess km, string tool, string text)
    {
        await km.SendAsync(
            JsonSerializer.Serialize(
                new
                {
                    jsonrpc = "2.0",
                    id = Guid.NewGuid().ToString(),
                    method = "tools/call",
                    @params = new { name = tool, arguments = new { text } },
                }
            )
        );
        Assert.NotNull(await km.ReadLineAsync());
    }
}
