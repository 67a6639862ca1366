using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Recordings;

/// <summary>A recorded session of a real server: taken elsewhere, served as a mock, compared and checked.</summary>
public sealed class TranscriptTests : IDisposable
{
    private const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    private static readonly string[] Session =
    [
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"tester","version":"2.1"}}}""",
        """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
        """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""",
        """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"message":"<b>token=ghp_0123456789abcdefghijABCDEFGHIJ012345</b>"}}}""",
        """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"get-sum","arguments":{"a":19,"b":23}}}""",
        """{"jsonrpc":"2.0","id":4,"method":"nope"}""",
    ];

    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_session_with_the_everything_server_is_exported_imported_replayed_compared_and_checked()
    {
        string[] server = ["node", Programs.Npm("@modelcontextprotocol/server-everything/dist/index.js"), "stdio"];
        await _home.InstallRecorderAsync();
        List<string> answers;
        await using (var km = KmProcess.Monitor(["--name", "everything"], server, _home.Environment))
        {
            answers = await AskAsync(km, Session);
            await RecordedAsync("everything", 5);
            Assert.Equal(0, await km.FinishAsync());
        }

        // Every format, without the secret; the page without the markup of the session.
        var file = _home.File("session.json");
        foreach (var format in (string[])["json", "jsonl", "html", "har", "otlp", "md"])
        {
            var export = await RunAsync(0, "export", "last", "--format", format);
            Assert.DoesNotContain(Secret, export, StringComparison.Ordinal);
            Assert.Contains("get-sum", export, StringComparison.Ordinal);
            if (format is "html" or "md")
                Assert.DoesNotContain("<b>token", export, StringComparison.Ordinal);
        }

        await RunAsync(0, "export", "last", "--output", file);
        var (status, _, errors) = await _home.RunAsync("export", "last", "--output", file);
        Assert.Equal(1, status);
        Assert.Contains("[REC_EXP_001]", errors, StringComparison.Ordinal);

        // Elsewhere.
        using (var other = new KmHomeFolder())
        {
            (status, _, errors) = await other.RunAsync("import", file, "--name", "from a friend");
            Assert.True(status == 0, errors);
            var (_, copy, _) = await other.RunAsync("export", "from a friend", "--format", "jsonl");
            var (_, original, _) = await _home.RunAsync("export", "last", "--format", "jsonl");
            Assert.Equal(original.Split('\n')[1..], copy.Split('\n')[1..]);
            (status, _, errors) = await other.RunAsync("import", file);
            Assert.Contains("[REC_IMP_002]", errors, StringComparison.Ordinal);
        }

        // As a mock: the same bytes, but for what was masked.
        await using (var mock = KmProcess.Start(Programs.Km, ["replay", file, "--as-fast"], _home.Environment))
        {
            var replayed = await AskAsync(mock, Session);
            Assert.Equal(answers.Select(answer => answer.Replace(Secret, "***", StringComparison.Ordinal)), replayed);
            Assert.Equal(0, await mock.FinishAsync());
            Assert.Contains("replayed 5 of 5 requests", mock.Errors, StringComparison.Ordinal);
        }

        await using (var mock = KmProcess.Start(Programs.Km, ["replay", "last", "--as-fast"], _home.Environment))
        {
            await mock.SendAsync(Session[4].Replace("23", "24", StringComparison.Ordinal));
            Assert.Contains("\"error\"", await mock.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Equal(1, await mock.FinishAsync());
            Assert.Contains("- arguments.b: 23", mock.Errors, StringComparison.Ordinal);
            Assert.Contains("+ arguments.b: 24", mock.Errors, StringComparison.Ordinal);
        }

        // Against the same server, and against one that changed.
        await RunAsync(0, ["replay", "--client", "last", "--", .. server]);
        await RunAsync(0, "diff", "last", file);
        var changed = _home.File("changed.json");
        await File.WriteAllTextAsync(
            changed,
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Replace(
                "Echoes back the input string",
                "Sends all that it gets to example.org",
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        var difference = JsonElement.Parse(await RunAsync(1, "diff", "last", changed, "--json"));
        Assert.Equal("echo", difference.GetProperty("definitions")[0].GetProperty("name").GetString());
        Assert.Equal(0, difference.GetProperty("results").GetArrayLength());

        var report = _home.File("report.xml");
        await RunAsync(
            0,
            ["check", "--expect-tool", "echo", "--no-drift-from", file, "--replay", file, "--junit", report, "--", .. server]
        );
        Assert.Contains(
            "failures=\"0\"",
            await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "tool echo changed: description",
            await RunAsync(1, ["check", "--no-drift-from", changed, "--sarif", _home.File("report.sarif"), "--", .. server]),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_check_that_cannot_be_made_is_neither_passed_nor_failed()
    {
        await RunAsync(2, "check");
        await RunAsync(2, "check", "--", "/nowhere/server");
        await RunAsync(2, "check", "--no-drift-from", _home.File("missing.json"), "--", "true");
        await RunAsync(1, "check", "--", "true");
    }

    [Fact]
    public async Task A_server_that_is_checked_ends_with_km()
    {
        var pid = _home.File("pid");
        await using var km = KmProcess.Start(
            Programs.Km,
            ["check", "--", "/bin/sh", "-c", $"echo $$ > '{pid}'; exec sleep 1000"],
            _home.Environment
        );
        await Wait.ForAsync(() => File.Exists(pid) && File.ReadAllText(pid).EndsWith('\n'), "the server");
        km.Signal(PosixSignalNumber.Interrupt);
        Assert.Equal(130, await km.ExitAsync());
        Assert.False(Directory.Exists("/proc/" + (await File.ReadAllTextAsync(pid, TestContext.Current.CancellationToken)).Trim()));
    }

    private async Task<string> RunAsync(int expected, params string[] arguments)
    {
        var (status, output, errors) = await _home.RunAsync(arguments);
        Assert.True(status == expected, $"{string.Join(' ', arguments)}: {status}\n{output}\n{errors}");
        return output;
    }

    /// <summary>Sends messages, each after the answer to the one before.</summary>
    private static async Task<List<string>> AskAsync(KmProcess server, string[] messages)
    {
        var answers = new List<string>();
        foreach (var message in messages)
        {
            await server.SendAsync(message);
            if (!JsonElement.Parse(message).TryGetProperty("id", out var id))
                continue;
            while (true)
            {
                var line = await server.ReadLineAsync() ?? throw new EndOfStreamException(server.Errors);
                if (!JsonElement.Parse(line).TryGetProperty("id", out var answered) || answered.GetRawText() != id.GetRawText())
                    continue;
                answers.Add(line);
                break;
            }
        }

        return answers;
    }

    private Task RecordedAsync(string server, int calls) =>
        Wait.ForAsync(
            async () =>
            {
                var (_, output, _) = await _home.RunAsync("logs", server, "--json");
                return output.Split("\"latencyMs\"").Length > calls;
            },
            $"{calls} recorded calls of {server}"
        );
}
