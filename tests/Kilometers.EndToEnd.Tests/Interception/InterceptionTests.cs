using System.Text.Json;
using Kilometers.EndToEnd.Tests.Policies;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Interception;

/// <summary>Requests that the administrator's policy has held: with a real km, host, API, signed and confined plugin, and a server that keeps what it got.</summary>
public sealed class InterceptionTests(InterceptingUser user) : IClassFixture<InterceptingUser>, IDisposable
{
    private const string Long = "10000";
    private const string Ping = """{"jsonrpc":"2.0","id":"p","method":"ping"}""";
    private readonly Workspace _workspace = new();

    private string Got => _workspace.File("got");

    /// <summary>What the server got until now.</summary>
    private string[] Lines => File.Exists(Got) ? File.ReadAllLines(Got) : [];

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_plugin_stops_requests_and_all_else_passes_as_it_was()
    {
        var before = user.Home.Audit.Count;
        using var administrator = Administrator.With(Policy());
        await using var km = Start(administrator);
        string[] sent =
        [
            """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""",
            "not json",
            "  " + Call("1", "add") + "  ",
            Call("2", "deny"),
            Call("\"three\"", "replace"),
            """{"id":4,"method":"tools\u002fcall","jsonrpc":"2.0","params":{"name":"deny"}}""",
            """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"deny"}}""",
            """[{"jsonrpc":"2.0","id":5,"method":"ping"},{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"deny"}}]""",
            """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"replace","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""",
            """{"jsonrpc":"2.0","id":8,"method":"ping","params":{"text":"tools/call"}}""",
            Call("9", "throw"),
            Ping,
        ];
        foreach (var line in sent)
            await km.SendAsync(line);
        var answers = new List<string>();
        while (answers.LastOrDefault() != Ping)
            answers.Add((await km.ReadLineAsync())!);
        string[] passed = [sent[0], sent[1], sent[2], sent[9], Ping];
        await Wait.ForAsync(() => Lines.Length == passed.Length, "the server to have kept what it got");
        Assert.Equal(passed, Lines);

        // The server echoes; every other answer is km's.
        var stopped = answers.Except(passed).Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(6, stopped.Count);
        AssertError(stopped[0], "2", "PLG_ICP_001", "Plugin 'test-plugin' stopped this request before it reached the server: not today");
        var result = stopped[1].GetProperty("result");
        Assert.Equal("\"three\"", stopped[1].GetProperty("id").GetRawText());
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.False(result.TryGetProperty("resultType", out _));
        Assert.Contains("not today", result.GetProperty("content")[0].Text("text"), StringComparison.Ordinal);
        AssertError(stopped[2], "4", "PLG_ICP_001", "not today");
        Assert.Equal(2, stopped[3].GetArrayLength());
        AssertError(stopped[3][0], "5", "PLG_ICP_001", "another one of its batch was stopped");
        AssertError(stopped[3][1], "6", "PLG_ICP_001", "not today");
        Assert.Equal("complete", stopped[4].GetProperty("result").Text("resultType"));
        AssertError(stopped[5], "9", "PLG_ICP_002", "failed before it gave a verdict");

        // Another plugin sees it; here it is the same one.
        await km.SaysAsync("saw that it was stopped: Request 2");
        await km.SaysAsync("saw that it was stopped: ErrorResponse 2 Plugin 'test-plugin' stopped this request");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains(
            "Plugin 'test-plugin' stopped request tools/call deny: not today [PLG_ICP_001]",
            km.Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(", 7 stopped", km.Errors, StringComparison.Ordinal);
        var records = user.Home.Audit.Skip(before).Where(record => record.Text("event") == "request.stopped").ToList();
        Assert.Equal(7, records.Count);
        Assert.Equal(
            ("denied", "test-plugin", "PLG_ICP_001", "not today"),
            (records[0].Text("decision"), records[0].Text("plugin"), records[0].Text("code"), records[0].Text("detail"))
        );
        Assert.Equal("deny", records[0].GetProperty("data").Text("name"));
    }

    [Fact]
    public async Task While_a_request_is_held_its_direction_waits_and_the_other_does_not()
    {
        var spoken = _workspace.File("spoken");
        await File.WriteAllTextAsync(spoken, "", TestContext.Current.CancellationToken);
        using var administrator = Administrator.With(Policy(Long, "open"));
        await using var km = administrator.Monitor(Home, [], "sh", "-c", $"tail -n +1 -f '{spoken}' & exec cat > '{Got}'");
        await km.SendAsync(Call("1", "slow"));
        await km.SendAsync(Ping);
        await km.SaysAsync("holding 1");
        await File.AppendAllTextAsync(spoken, "from the server\n", TestContext.Current.CancellationToken);
        Assert.Equal("from the server", await km.ReadLineAsync());
        Assert.Empty(Lines);
        KmProcess.Send(PluginOf(km), PosixSignalNumber.Kill);
        await Wait.ForAsync(() => Lines.Length == 2, "both to pass, in their order");
        Assert.Equal([Call("1", "slow"), Ping], Lines);
        await km.SaysAsync("passed unchecked: plugin 'test-plugin' failed before it gave a verdict [PLG_ICP_003]");
        await km.FinishAsync();
        Assert.Contains(", 1 passed unchecked", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("open")]
    [InlineData("closed")]
    public async Task After_the_deadline_the_policy_decides(string choice)
    {
        using var administrator = Administrator.With(Policy("200", choice));
        await using var km = Start(administrator);
        await km.SendAsync(Call("1", "slow"));
        await km.SendAsync(Ping);
        var answer = (await km.ReadLineAsync())!;
        if (choice == "open")
            Assert.Equal(Call("1", "slow"), answer);
        else
            AssertError(JsonElement.Parse(answer), "1", "PLG_ICP_002", "gave no verdict within 200 ms");
        Assert.Equal(Ping, await km.ReadLineAsync());
        string[] expected = choice == "open" ? [Call("1", "slow"), Ping] : [Ping];
        await Wait.ForAsync(() => Lines.Length == expected.Length, "the server to have kept what it got");
        Assert.Equal(expected, Lines);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task A_host_that_is_stopped_or_killed_while_it_decides_leaves_it_to_the_policy()
    {
        using var administrator = Administrator.With(Policy("3000", "closed"));
        await using var km = Start(administrator);
        await km.SendAsync(Call("1", "add"));
        Assert.Equal(Call("1", "add"), await km.ReadLineAsync());
        var host = Processes.HostOf(km)!.Value;
        await km.SendAsync(Call("2", "slow"));
        await km.SaysAsync("holding 2");
        KmProcess.Send(host, PosixSignalNumber.Kill);
        AssertError(JsonElement.Parse((await km.ReadLineAsync())!), "2", "PLG_ICP_002", "km-host does not run");
        await km.SendAsync(Ping);
        Assert.Equal(Ping, await km.ReadLineAsync());

        // The next host decides again, and learns what happened without one.
        for (var id = 3; ; id++)
        {
            var call = Call(id.ToString(System.Globalization.CultureInfo.InvariantCulture), "add");
            await km.SendAsync(call);
            if (await km.ReadLineAsync() == call)
                break;
        }

        await km.SaysAsync("km could not ask about");
        var second = Processes.HostOf(km)!.Value;
        Assert.NotEqual(host, second);
        KmProcess.Send(second, PosixSignalNumber.Stop);
        await km.SendAsync(Call("\"s\"", "add"));
        AssertError(JsonElement.Parse((await km.ReadLineAsync())!), "\"s\"", "PLG_ICP_002", "gave no verdict within 3000 ms");
        KmProcess.Send(second, PosixSignalNumber.Continue);
        await km.FinishAsync();
    }

    [Fact]
    public async Task Without_the_subscription_nobody_decides()
    {
        using var administrator = Administrator.With(Policy());
        await using var km = Start(administrator);
        await km.SendAsync(Call("1", "add"));
        Assert.Equal(Call("1", "add"), await km.ReadLineAsync());
        await user.Api.SubscribeAsync(user.Customer, "Pro");
        try
        {
            await RepeatUntilAsync(km, answer => answer.Contains("the subscription is not Enterprise", StringComparison.Ordinal));
        }
        finally
        {
            await user.Api.SubscribeAsync(user.Customer, "Enterprise");
        }

        await RepeatUntilAsync(km, answer => !answer.Contains("PLG_ICP_002", StringComparison.Ordinal));
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task What_is_too_large_to_be_held_goes_the_policys_way()
    {
        using var administrator = Administrator.With(Policy());
        await using var km = Start(administrator, "--buffer-size", "64K");
        await km.SendAsync(Call("1", "add", new string('x', 200_000)));
        await km.SendAsync(Ping);
        AssertError(JsonElement.Parse((await km.ReadLineAsync())!), "1", "PLG_ICP_002", "the message is larger than");
        Assert.Equal(Ping, await km.ReadLineAsync());
        await Wait.ForAsync(() => Lines.Length == 1, "the server to have kept what it got");
        Assert.Equal([Ping], Lines);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Theory]
    [InlineData("open")]
    [InlineData("closed")]
    public async Task Without_memory_to_hold_requests_they_pass_or_the_session_does_not_run(string choice)
    {
        Assert.SkipUnless(Programs.ArePublished, "no memory for held requests: a .NET that is not native needs such memory to start");
        using var home = new KmHomeFolder { IsPrivate = true };
        using var administrator = Administrator.With(
            $$$$"""{"version": 1, "intercept": [{"plugin": "other-plugin", "methods": ["tools/*"], "whenUndecided": "{{{{choice}}}}"}]}"""
        );
        await using var km = administrator.StartProgram(
            home,
            "sh",
            "-c",
            $"trap '' XFSZ; ulimit -f 2048; exec '{Programs.Km}' monitor --buffer-size 64M -- tee '{Got}'"
        );
        if (choice == "closed")
        {
            Assert.Equal(1, await km.ExitAsync());
            Assert.Contains("there is no memory for the requests that policy has held [MON_HST_003]", km.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(Got));
            return;
        }

        await km.SendAsync(Call("1", "add"));
        Assert.Equal(Call("1", "add"), await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains("No request is held in this session, because there is no memory for that", km.Errors, StringComparison.Ordinal);
        Assert.Contains("[PLG_ICP_005]", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_is_not_there_decides_nothing()
    {
        using var administrator = Administrator.With(
            $$$$"""{"version": 1, "intercept": [{"plugin": "other-plugin", "methods": ["tools/*"], "deadlineMilliseconds": {{{{Long}}}}}]}"""
        );
        await using var km = Start(administrator);
        await km.SendAsync(Call("1", "add"));
        AssertError(JsonElement.Parse((await km.ReadLineAsync())!), "1", "PLG_ICP_002", "plugin 'other-plugin' is not installed");
        Assert.Equal(0, await km.FinishAsync());
    }

    [Fact]
    public async Task A_plugin_whose_manifest_does_not_ask_for_it_decides_nothing()
    {
        using var home = new KmHomeFolder { IsPrivate = true };
        await home.InstallTestPluginAsync(manifest => manifest with { ProtocolVersions = [2] });
        using var administrator = Administrator.With(Policy());
        await using var km = administrator.Monitor(home, [], "sh", "-c", $"exec tee '{Got}'");
        await km.SendAsync(Call("1", "add"));
        AssertError(JsonElement.Parse((await km.ReadLineAsync())!), "1", "PLG_ICP_002", "does not ask in its manifest");
        Assert.Equal(0, await km.FinishAsync());
        Assert.Empty(Lines);
    }

    [Fact]
    public async Task Over_http_a_session_is_refused_where_policy_stops_what_is_undecided()
    {
        using var administrator = Administrator.With(Policy());
        await using var km = administrator.Start(Home, "bridge", "http://127.0.0.1:9/mcp");
        km.CloseInput();
        Assert.NotEqual(0, await km.ExitAsync());
        Assert.Contains("which km cannot do over HTTP [PLG_ICP_004]", km.Errors, StringComparison.Ordinal);
    }

    private static string Call(string id, string tool, string text = "") =>
        $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{"text":"{{{{text}}}}"}}}""";

    private static string Policy(string deadline = Long, string undecided = "closed") =>
        $$$$"""{"version": 1, "plugins": {"require": ["test-plugin"]}, "intercept": [{"plugin": "test-plugin", "methods": ["tools/call"], "deadlineMilliseconds": {{{{deadline}}}}, "whenUndecided": "{{{{undecided}}}}"}]}""";

    private static void AssertError(JsonElement answer, string id, string code, string message)
    {
        Assert.Equal("2.0", answer.Text("jsonrpc"));
        Assert.Equal(id, answer.GetProperty("id").GetRawText());
        var error = answer.GetProperty("error");
        Assert.Equal(403, error.GetProperty("code").GetInt32());
        Assert.Equal(code, error.GetProperty("data").Text("code"));
        Assert.Contains(message, error.Text("message"), StringComparison.Ordinal);
    }

    private static async Task RepeatUntilAsync(KmProcess km, Func<string, bool> isIt)
    {
        await Wait.ForAsync(
            async () =>
            {
                await km.SendAsync(Call("7", "add"));
                return isIt((await km.ReadLineAsync())!);
            },
            "another answer"
        );
    }

    private static int PluginOf(KmProcess km) =>
        Processes
            .DescendantsOf(km.Id)
            .Single(id =>
                File.ReadAllText($"/proc/{id}/cmdline").TrimEnd('\0').EndsWith("km-plugin-test-plugin", StringComparison.Ordinal)
            );

    /// <summary>A host of the session's own: hosts of other tests see other policies.</summary>
    private KmHomeFolder Home => user.Home;

    private KmProcess Start(Administrator administrator, params string[] options) =>
        administrator.Monitor(Home, options, "sh", "-c", $"exec tee '{Got}'");
}
