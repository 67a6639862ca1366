using System.Globalization;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Accounts;
using Kilometers.EndToEnd.Tests.Policies;
using Kilometers.EndToEnd.Tests.Running;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.EndToEnd.Tests.Interception;

/// <summary>guard stops requests by rules: the real plugin, built for a subscriber, under an administrator's policy, with a real server.</summary>
public sealed class RulesThatDenyTests(ApiServer api) : SubscribedUser(api)
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""";

    private const string Ping = """{"jsonrpc":"2.0","id":"p","method":"ping"}""";

    private const string NoEtc =
        """{ "name": "no-etc", "description": "Not ours.", "action": "deny", "severity": "high", "when": { "arguments": { "/**": ["*/etc/*"] } } }""";

    private const string NoVar = """{ "name": "no-var", "when": { "arguments": { "/text": ["/var/*"] } } }""";

    private string Got => Home.File("got");

    [Fact]
    public async Task A_rule_stops_what_it_denies_and_all_else_passes_as_it_was()
    {
        using var administrator = Administrator.With(Policy("closed", "tools/call", "resources/read"));
        await SubscribeAsync();
        await TrustTestPackagesAsync();
        await Home.InstallRecorderAsync();
        var said = await UseAsync(administrator, NoEtc, NoVar);
        Assert.Contains("2 rules (1 to deny) in force.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("only report", said, StringComparison.Ordinal);

        var before = Home.Audit.Count;
        await using var km = Start(administrator);
        string[] sent =
        [
            Initialize,
            "  " + Conversation.Call(1, "/srv/a") + " ",
            Conversation.Call(2, "/etc/passwd"),
            """{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}""",
            """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"echo","arguments":{"text":"/srv/../etc/hosts"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""",
            """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo","arguments":{"text":"/etc/group"}}}""",
            Conversation.Call(5, "/var/log"),
            Ping,
        ];
        foreach (var line in sent)
            await km.SendAsync(line);
        var answers = new Dictionary<string, JsonElement>();
        while (answers.Count < 7)
        {
            var answer = JsonElement.Parse((await km.ReadLineAsync())!);
            answers.Add(answer.GetProperty("id").GetRawText(), answer);
        }

        string[] passed = [sent[0], sent[1], sent[6], Ping];
        await Wait.ForAsync(() => Lines.Length == passed.Length, "the server to have got what passed");
        Assert.Equal(passed, Lines);
        Assert.Equal("/srv/a", answers["1"].GetProperty("result").GetProperty("content")[0].Text("text"));

        // The model reads why a tool was not called; of anything else, the client gets an error.
        const string Why = "Plugin 'guard' stopped this request before it reached the server: it violates the rule 'no-etc': Not ours. ";
        var result = answers["2"].GetProperty("result");
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.False(result.TryGetProperty("resultType", out _));
        Assert.Equal(Why + "(/text = /etc/passwd) [GRD_RUL_004]", result.GetProperty("content")[0].Text("text"));
        var error = answers["3"].GetProperty("error");
        Assert.Equal(403, error.GetProperty("code").GetInt32());
        Assert.Equal(Why + "(/uri = file:///etc/passwd) [GRD_RUL_004]", error.Text("message"));
        Assert.Equal(("PLG_ICP_001", "guard"), (error.GetProperty("data").Text("code"), error.GetProperty("data").Text("plugin")));
        Assert.Equal("complete", answers["4"].GetProperty("result").Text("resultType"));

        // What is stopped is printed once, by km; what a rule only reports, by guard.
        await km.SaysAsync("GRD_RUL_001 medium: tools/call 'echo' violates the rule 'no-var'");
        await RecordedAsync(7);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains(
            "Plugin 'guard' stopped request tools/call echo: it violates the rule 'no-etc': Not ours. (/text = /etc/passwd) [GRD_RUL_004] [PLG_ICP_001]",
            km.Errors,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("and was stopped", km.Errors, StringComparison.Ordinal);
        Assert.Contains(", 4 stopped", km.Errors, StringComparison.Ordinal);
        var stopped = Home.Audit.Skip(before).Where(record => record.Text("event") == "request.stopped").ToList();
        Assert.Equal(["2", "3", "4", ""], stopped.Select(record => record.GetProperty("data").Text("id")));
        Assert.All(stopped, record => Assert.Contains("the rule 'no-etc'", record.Text("detail"), StringComparison.Ordinal));

        var findings = (await JsonAsync("guard", "show", "calc", "--json")).GetProperty("findings").EnumerateArray().ToList();
        Assert.Equal(4, findings.Count(finding => finding.Text("code") == "GRD_RUL_004"));
        Assert.Equal(1, findings.Count(finding => finding.Text("code") == "GRD_RUL_001"));
        var (_, logs, _) = await Home.RunAsync("logs", "last");
        Assert.Contains("Plugin 'guard' stopped this request", logs, StringComparison.Ordinal);

        // The same rules, tried on what was recorded, stop the same.
        var tried = await JsonAsync("guard", "try", Home.File("guard.json"), "--json");
        Assert.Equal(4, tried.GetProperty("stopped").GetInt32());
        Assert.Equal(
            [("deny", 4, 4), ("report", 1, 0)],
            tried
                .GetProperty("rules")
                .EnumerateArray()
                .Select(rule => (rule.Text("action"), rule.GetProperty("violations").GetInt32(), rule.GetProperty("stopped").GetInt32()))
        );
    }

    [Fact]
    public async Task Rules_that_come_into_force_count_in_a_running_session_and_a_rate_counts_each_call_once()
    {
        using var administrator = Administrator.With(Policy("closed", "tools/call"));
        await SubscribeAsync();
        await using var km = Start(administrator);
        Assert.Equal("/etc/1", TextOf(await CallAsync(km, 1, "/etc/1")));
        await UseAsync(administrator, NoEtc);
        Assert.Contains("the rule 'no-etc'", TextOf(await CallAsync(km, 2, "/etc/2")), StringComparison.Ordinal);

        await UseAsync(
            administrator,
            """{ "name": "few", "action": "deny", "when": { "tools": ["echo"] }, "rate": { "calls": 3, "per": "24h" } }"""
        );
        for (var id = 3; id <= 5; id++)
            Assert.Equal($"/etc/{id}", TextOf(await CallAsync(km, id, $"/etc/{id}")));
        Assert.Contains("more than 3 in 86400 s", TextOf(await CallAsync(km, 6, "/etc/6")), StringComparison.Ordinal);

        Assert.Equal(0, (await Home.RunAsync("guard", "use", "--none")).Status);
        Assert.Equal("/etc/7", TextOf(await CallAsync(km, 7, "/etc/7")));
        Assert.Equal(0, await km.FinishAsync());
        Assert.DoesNotContain("GRD_RUL_001", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_downgrade_no_rule_stops_anything()
    {
        using var administrator = Administrator.With(Policy("open", "tools/call"));
        var customer = await SubscribeAsync();
        await UseAsync(administrator, NoEtc);
        await using var km = Start(administrator);
        Assert.Contains("the rule 'no-etc'", TextOf(await CallAsync(km, 1, "/etc/1")), StringComparison.Ordinal);
        await Api.SubscribeAsync(customer, "Free");
        await RepeatUntilAsync(km, text => text == "/etc/2", 2);
        await km.SaysAsync("GRD_RUL_003 medium: guard.json is not in force");
        await km.SaysAsync("[PLG_ICP_003]");
        await Api.SubscribeAsync(customer, "Enterprise");
        await RepeatUntilAsync(km, text => text.Contains("the rule 'no-etc'", StringComparison.Ordinal), 3);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task Where_no_policy_grants_it_rules_that_deny_only_report_and_that_is_said_once()
    {
        using var administrator = Administrator.Create();
        await SubscribeAsync();
        Assert.Contains(
            "1 rule (1 to deny) in force. Rules that deny only report: no policy has requests held for guard.",
            await UseAsync(administrator, NoEtc),
            StringComparison.Ordinal
        );
        await using var km = Start(administrator);
        await km.SaysAsync("✓ guard v1.0.0");
        Assert.Equal("/etc/1", TextOf(await CallAsync(km, 1, "/etc/1")));
        Assert.Equal("/etc/2", TextOf(await CallAsync(km, 2, "/etc/2")));
        await km.SaysAsync("GRD_RUL_001 high: tools/call 'echo' violates the rule 'no-etc' and was not stopped: Not ours.");
        await km.SaysAsync("/text = /etc/2");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(2, km.Errors.Split("GRD_RUL_005").Length);
    }

    private string[] Lines => File.Exists(Got) ? File.ReadAllLines(Got) : [];

    private static string Policy(string undecided, params string[] methods) =>
        $$$$"""{"version": 1, "plugins": {"require": ["guard"]}, "intercept": [{"plugin": "guard", "methods": {{{{JsonSerializer.Serialize(methods)}}}}, "deadlineMilliseconds": 10000, "whenUndecided": "{{{{undecided}}}}"}]}""";

    private KmProcess Start(Administrator administrator) =>
        administrator.Monitor(Home, ["--name", "calc"], "sh", "-c", $"tee '{Got}' | '{Programs.TestMcpServer}' jsonrpc");

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

    private Task TrustTestPackagesAsync() =>
        File.WriteAllTextAsync(
            Path.Combine(Modes.Folder(Path.Combine(Home.Path, "trust.d")), "test.pem"),
            TestAuthority.Trusted.RootCertificate.ExportCertificatePem(),
            TestContext.Current.CancellationToken
        );

    /// <summary>Puts rules in force.</summary>
    /// <returns>What km says.</returns>
    private async Task<string> UseAsync(Administrator administrator, params string[] rules)
    {
        var file = Home.File("guard.json");
        await File.WriteAllTextAsync(
            file,
            $$"""{ "version": 1, "rules": [{{string.Join(',', rules)}}] }""",
            TestContext.Current.CancellationToken
        );
        var (status, output, errors) = await administrator.RunAsync(Home, "guard", "use", file);
        Assert.True(status == 0, errors);
        return output;
    }

    private static async Task<JsonElement> CallAsync(KmProcess km, int id, string text)
    {
        await km.SendAsync(Conversation.Call(id, text));
        var answer = JsonElement.Parse((await km.ReadLineAsync())!);
        Assert.Equal(id.ToString(CultureInfo.InvariantCulture), answer.GetProperty("id").GetRawText());
        return answer;
    }

    private static string TextOf(JsonElement answer) => answer.GetProperty("result").GetProperty("content")[0].Text("text");

    private static Task RepeatUntilAsync(KmProcess km, Func<string, bool> isIt, int id) =>
        Wait.ForAsync(async () => isIt(TextOf(await CallAsync(km, id, $"/etc/{id}"))), "another answer");

    private Task RecordedAsync(int calls) =>
        Wait.ForAsync(
            async () =>
            {
                var (status, output, _) = await Home.RunAsync("sessions", "--json");
                return status == 0
                    && JsonElement.Parse(output).GetProperty("sessions") is var sessions
                    && sessions.GetArrayLength() > 0
                    && sessions[0].GetProperty("calls").GetInt32() >= calls;
            },
            "the calls to be recorded"
        );

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (status, output, errors) = await Home.RunAsync(arguments);
        Assert.True(status == 0, errors);
        return JsonElement.Parse(output);
    }
}
