using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Recordings;

/// <summary>What the recorder keeps of a session, and what km shows of it.</summary>
public sealed class RecordingTests : IDisposable
{
    private const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    private const string Initialize =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"tester","version":"2.1"}}}""";

    private readonly KmHomeFolder _home = new();

    private string Database => Path.Combine(_home.Path, "state", "recorder", "recordings.db");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_session_with_the_everything_server_can_be_listed_shown_searched_and_counted()
    {
        string[] server = ["node", Programs.Npm("@modelcontextprotocol/server-everything/dist/index.js"), "stdio"];
        await _home.InstallRecorderAsync();
        await using (var km = KmProcess.Monitor(["--name", "everything"], [.. server, "--token", Secret], _home.Environment))
        {
            await AskAsync(km, 0, Initialize);
            await km.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
            await AskAsync(km, 1, """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
            await AskAsync(km, 2, Call(2, "echo", $$"""{"message":"permission denied, token={{Secret}}"}"""));
            await AskAsync(km, 3, Call(3, "get-sum", """{"a":19,"b":23}"""));
            await AskAsync(km, 4, """{"jsonrpc":"2.0","id":4,"method":"nope"}""");
            await RecordedAsync("everything", 5);
            Assert.Equal(0, await km.FinishAsync());
        }

        var session = Assert.Single((await JsonAsync("sessions", "--json")).GetProperty("sessions").EnumerateArray());
        Assert.Equal("everything", Text(session, "server"));
        Assert.Equal(("tester", "2.1", "2025-06-18"), (Text(session, "client"), Text(session, "clientVersion"), Text(session, "protocol")));
        Assert.EndsWith("stdio --token ***", Text(session, "command"), StringComparison.Ordinal);
        Assert.Equal(5, session.GetProperty("calls").GetInt64());
        Assert.Equal(1, session.GetProperty("errors").GetInt64());
        Assert.Equal(0, session.GetProperty("exitCode").GetInt32());
        Assert.False(session.GetProperty("isRunning").GetBoolean());

        var calls = await LinesAsync("logs", "last", "--json", "--payloads");
        Assert.Equal(["initialize", "tools/list", "tools/call", "tools/call", "nope"], calls.Select(call => Text(call, "method")));
        Assert.Equal(["ok", "ok", "ok", "ok", "error"], calls.Select(call => Text(call, "outcome")));
        Assert.Equal("-32601", Text(calls[4], "errorCode"));
        Assert.Equal(19, calls[3].GetProperty("request").GetProperty("params").GetProperty("arguments").GetProperty("a").GetInt32());

        var found = Assert.Single(await LinesAsync("logs", "text:permission denied", "tool:echo", "--json"));
        Assert.Equal("2", Text(found, "id"));
        Assert.Empty(await LinesAsync("logs", "text:denied permission", "--json"));

        var rows = (await JsonAsync("stats", "--since", "1h", "--json")).GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(["echo", "get-sum"], rows.Select(row => Text(row, "key")));
        Assert.All(rows, row => Assert.True(row.GetProperty("p50Ms").GetDouble() > 0));
        Assert.All(rows, row =>
            Assert.True(row.GetProperty("requestTokens").GetInt64() > 5 && row.GetProperty("responseTokens").GetInt64() > 5)
        );
        Assert.All(await LinesAsync("logs", "tool:*", "--json"), call => Assert.True(call.GetProperty("responseTokens").GetInt64() > 5));

        var (status, shown, errors) = await _home.RunAsync("sessions", "show", Text(session, "id")![..4]);
        Assert.True(status == 0, errors);
        Assert.Contains("get-sum", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, shown + string.Concat(calls), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Database)!))
            Assert.Equal(-1, (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().IndexOf("ghp_0123"u8));
    }

    [Fact]
    public async Task What_was_recorded_survives_a_kill_of_everything()
    {
        await _home.InstallRecorderAsync();
        await using (var km = KmProcess.Monitor(["--name", "killed"], Conversation.Server, _home.Environment))
        {
            for (var id = 1; id <= 20; id++)
                await km.EchoAsync(id);
            await RecordedAsync("killed", 20);

            // At one moment: the host would record the end of a relay that is killed before it.
            List<int> all = [km.Id, .. Processes.DescendantsOf(km.Id)];
            all.ForEach(process => KmProcess.Send(process, PosixSignalNumber.Stop));
            all.ForEach(process => KmProcess.Send(process, PosixSignalNumber.Kill));
            await km.ExitAsync();
        }

        var session = Assert.Single((await JsonAsync("sessions", "--json")).GetProperty("sessions").EnumerateArray());
        Assert.False(session.TryGetProperty("ended", out _));
        Assert.False(session.GetProperty("isRunning").GetBoolean());
        Assert.Equal(20, (await LinesAsync("logs", "killed", "--json")).Count);

        // The next session uses the same file.
        await using var next = KmProcess.Monitor(["--name", "next"], Conversation.Server, _home.Environment);
        await next.EchoAsync(1);
        await RecordedAsync("next", 1);
        await next.FinishAsync();
        Assert.Equal(
            ["next", "killed"],
            (await JsonAsync("sessions", "--json")).GetProperty("sessions").EnumerateArray().Select(one => Text(one, "server"))
        );
    }

    [Fact]
    public async Task A_session_whose_relay_is_killed_has_an_end()
    {
        await _home.InstallRecorderAsync();
        await using (var km = KmProcess.Monitor(["--name", "killed"], Conversation.Server, _home.Environment))
        {
            await km.EchoAsync(1);
            await RecordedAsync("killed", 1);
            km.Signal(PosixSignalNumber.Kill);
            await km.ExitAsync();
        }

        await Wait.ForAsync(
            async () =>
                Assert
                    .Single((await JsonAsync("sessions", "--json")).GetProperty("sessions").EnumerateArray())
                    .TryGetProperty("ended", out _),
            "the host to record the end"
        );
    }

    [Fact]
    public async Task Sessions_of_a_few_milliseconds_are_recorded()
    {
        const int Sessions = 5;
        await _home.InstallRecorderAsync();
        for (var number = 0; number < Sessions; number++)
        {
            await using var km = KmProcess.Monitor(["--name", "short"], ["cat"], _home.Environment);
            await km.SendAsync(Call(number, "echo", "{}"));
            await km.FinishAsync();
        }

        await Wait.ForAsync(
            async () =>
            {
                var (status, output, _) = await _home.RunAsync("sessions", "--json");
                return status == 0
                    && JsonElement.Parse(output).GetProperty("sessions").EnumerateArray().ToList() is { Count: Sessions } sessions
                    && sessions.TrueForAll(one => one.TryGetProperty("ended", out _) && one.GetProperty("messages").GetInt64() == 2);
            },
            "each session to be recorded with both messages and its end"
        );
    }

    [Fact]
    public async Task Two_sessions_at_once_are_both_recorded_and_followed()
    {
        await _home.InstallRecorderAsync();
        await using var first = KmProcess.Monitor(["--name", "first"], Conversation.Server, _home.Environment);
        await first.EchoAsync(1);
        await RecordedAsync("first", 1);
        await using var follow = KmProcess.Start(Programs.Km, ["logs", "-f", "--json"], _home.Environment);
        Assert.Equal("first", Text(JsonElement.Parse((await follow.ReadLineAsync())!), "server"));
        await using var second = KmProcess.Monitor(["--name", "second"], Conversation.Server, _home.Environment);
        await second.EchoAsync(7);
        var line = JsonElement.Parse((await follow.ReadLineAsync())!);
        Assert.Equal(("second", "7", "ok"), (Text(line, "server"), Text(line, "id"), Text(line, "outcome")));
        follow.Signal(PosixSignalNumber.Interrupt);
        Assert.Equal(0, await follow.ExitAsync());
        await first.FinishAsync();
        await second.FinishAsync();
    }

    [Fact]
    public async Task Sessions_are_renamed_and_deleted()
    {
        await _home.InstallRecorderAsync();
        foreach (var name in (string[])["one", "two"])
        {
            await using var km = KmProcess.Monitor(["--name", name], Conversation.Server, _home.Environment);
            await km.EchoAsync(1);
            await RecordedAsync(name, 1);
            await km.FinishAsync();
        }

        Assert.Equal(0, (await _home.RunAsync("sessions", "rename", "last", "before the upgrade")).Status);
        Assert.Equal("two", Text(Assert.Single(await LinesAsync("logs", "before the upgrade", "--json")), "server"));
        Assert.Equal(0, (await _home.RunAsync("sessions", "delete", "-2", "--yes")).Status);
        Assert.Equal(
            ["two"],
            (await JsonAsync("sessions", "--json")).GetProperty("sessions").EnumerateArray().Select(one => Text(one, "server"))
        );
        var (status, _, errors) = await _home.RunAsync("sessions", "show", "-2");
        Assert.Equal(1, status);
        Assert.Contains("[REC_SES_001]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_recordings_the_commands_say_how_to_get_them()
    {
        foreach (var command in (string[])["sessions", "logs", "stats"])
        {
            var (status, output, errors) = await _home.RunAsync(command);
            Assert.Equal((1, ""), (status, output));
            Assert.Contains("[REC_FIL_001]", errors, StringComparison.Ordinal);
            Assert.Contains("km plugins install recorder", errors, StringComparison.Ordinal);
        }
    }

    private static string Call(int id, string tool, string arguments) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}} }""";

    private static string? Text(JsonElement element, string member) =>
        element.TryGetProperty(member, out var value) ? value.GetString() : null;

    private static async Task AskAsync(KmProcess km, int id, string message)
    {
        await km.SendAsync(message);
        while (true)
        {
            var line = JsonElement.Parse(await km.ReadLineAsync() ?? throw new EndOfStreamException(km.Errors));
            if (line.TryGetProperty("id", out var answered) && answered.ValueKind == JsonValueKind.Number && answered.GetInt32() == id)
                return;
        }
    }

    /// <summary>
    /// Waits until answered calls of a server are in the file: on a busy machine a session may end before its plugins have started.
    /// </summary>
    private Task RecordedAsync(string server, int calls) =>
        Wait.ForAsync(
            async () =>
            {
                var (_, output, _) = await _home.RunAsync("logs", server, "--json");
                return output.Split("\"latencyMs\"").Length > calls;
            },
            $"{calls} recorded calls of {server}"
        );

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (status, output, errors) = await _home.RunAsync(arguments);
        Assert.True(status == 0, errors);
        return JsonElement.Parse(output);
    }

    private async Task<List<JsonElement>> LinesAsync(params string[] arguments)
    {
        var (status, output, errors) = await _home.RunAsync(arguments);
        Assert.True(status == 0, errors);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}
