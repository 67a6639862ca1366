using System.Security.Cryptography;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>What the audit log says of a session: what ran, for whom, how it ended.</summary>
public sealed class SessionRecordTests : IDisposable
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"cli\u001b[31ment","version":"1.2"}}}""";

    private readonly KmHomeFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_session_without_plugins_is_recorded_from_its_start_to_its_end()
    {
        await using (var km = KmProcess.Monitor(["--no-plugins", "--name", "la\u001b[1mbel"], ["cat"], _home.Environment))
        {
            await km.SendAsync(Initialize);
            await km.SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
            Assert.NotNull(await km.ReadLineAsync());
            Assert.NotNull(await km.ReadLineAsync());
            await Wait.ForAsync(
                () => Find("session.client") is not null && Find("session.program") is not null,
                "the client and the program to be recorded"
            );
            Assert.Equal(0, await km.FinishAsync());
        }

        Assert.Equal(("off", "cat"), (Data("session.started", "plugins"), Text("session.started", "detail")));
        Assert.DoesNotContain('\u001b', Data("session.started", "server"));

        // No protocol: that is what the server chooses, and this one answers nothing.
        Assert.Equal(("cli [31ment", "1.2"), (Data("session.client", "client"), Data("session.client", "clientVersion")));

        // cat may be one of many programs in one file, and then runs under another name.
        var program = Text("session.program", "detail").Split(' ')[0];
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(program, TestContext.Current.CancellationToken))),
            Text("session.program", "digest")
        );
        Assert.Equal(
            ("0", "2", "2", "0"),
            (
                Data("session.ended", "status"),
                Data("session.ended", "inbound"),
                Data("session.ended", "outbound"),
                Data("session.ended", "unobservedBytes")
            )
        );
        Assert.Single(_home.AuditWithSessions.Select(record => record.GetProperty("session").GetString()).Distinct());
        Assert.Equal(0, (await _home.RunAsync("audit", "verify")).Status);
    }

    [Fact]
    public async Task The_plugins_of_a_session_are_in_its_last_record()
    {
        await _home.InstallTestPluginAsync(manifest => manifest);
        await using (var km = KmProcess.Monitor([], ["cat"], _home.Environment))
        {
            await Wait.ForAsync(
                () => _home.AuditWithSessions.Any(record => record.GetProperty("event").GetString() == "plugin.launch"),
                "the plugin to be started"
            );
            Assert.Equal(0, await km.FinishAsync());
        }

        var launch = Find("plugin.launch")!.Value;
        Assert.Equal($"1.2.3 {launch.GetProperty("digest").GetString()}", Data("session.ended", "plugin.test-plugin"));
    }

    [Fact]
    public async Task A_plugin_under_development_is_named_once_by_its_own_name()
    {
        using var workspace = new Workspace();
        var plugin = workspace.Script("some-file", "export TESTPLUGIN_NAME=alpha", $"exec '{Programs.TestPlugin}'");
        await using (var km = KmProcess.Monitor(["--dev-plugin", plugin], ["cat"], _home.Environment))
        {
            await Wait.ForAsync(() => km.Errors.Contains("✓ alpha", StringComparison.Ordinal), () => km.Errors);
            Assert.Equal(0, await km.FinishAsync());
        }

        var named = Find("session.ended")!.Value.GetProperty("data").EnumerateObject().Select(member => member.Name);
        Assert.Equal(["plugin.alpha"], named.Where(name => name.StartsWith("plugin.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Secrets_among_the_arguments_are_not_recorded()
    {
        const string Token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            Password = "hunter2-Tr0ub4dor";
        await using (
            var km = KmProcess.Monitor(
                ["--no-plugins"],
                [
                    "true",
                    "--api-key",
                    Token,
                    $"--password={Password}",
                    "-H",
                    $"Authorization: Bearer {Token}",
                    $"postgres://me:{Password}@db/x",
                    "--root",
                    "/data",
                ],
                _home.Environment
            )
        )
        {
            km.CloseInput();
            Assert.Equal(0, await km.ExitAsync());
        }

        var log = await File.ReadAllTextAsync(Path.Combine(_home.Path, "audit", "audit.jsonl"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Token, log, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, log, StringComparison.Ordinal);
        Assert.Contains("--root /data", Text("session.started", "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_log_cannot_be_written_the_session_runs_and_one_line_says_so()
    {
        Modes.Folder(Path.Combine(_home.Path, "audit"));
        Directory.CreateDirectory(Path.Combine(_home.Path, "audit", "audit.jsonl"));
        await using var km = KmProcess.Monitor(["--no-plugins", "--quiet"], ["cat"], _home.Environment);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.NotNull(await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(2, km.Errors.Split("AUD_LOG_001").Length);
    }

    [Fact]
    public async Task Followed_records_are_lines_of_json_as_they_are_written()
    {
        await using var follow = KmProcess.Start(
            Programs.Km,
            ["audit", "show", "--follow", "--json", "--event", "session.*"],
            _home.Environment,
            _home.Path
        );
        await using (var km = KmProcess.Monitor(["--no-plugins"], ["true"], _home.Environment))
        {
            km.CloseInput();
            Assert.Equal(0, await km.ExitAsync());
        }

        for (var name = ""; name != "session.ended"; )
            name = JsonElement.Parse((await follow.ReadLineAsync())!).GetProperty("event").GetString()!;
        follow.Signal(PosixSignalNumber.Interrupt);
        Assert.Equal(130, await follow.ExitAsync());
    }

    private JsonElement? Find(string name) =>
        _home.AuditWithSessions.Where(record => record.GetProperty("event").GetString() == name).Cast<JsonElement?>().FirstOrDefault();

    private string Text(string name, string member) => Find(name)!.Value.GetProperty(member).GetString()!;

    private string Data(string name, string member) => Find(name)!.Value.GetProperty("data").GetProperty(member).GetString()!;
}
