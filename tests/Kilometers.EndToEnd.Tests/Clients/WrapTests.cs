using System.Net;
using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Clients;

/// <summary>A user whose MCP clients are to run their servers through km, and who takes that back.</summary>
public sealed class WrapTests : IDisposable
{
    private const string Secret = "hush-7f3a";

    private const string Cursor = """
        {
          // my servers
          "mcpServers": {
            "echo": {
              "command": "sh", // a server of two lines
              "args": [
                "-c",
                "read line; echo \"$line $TOKEN\"",
              ],
              "env": { "TOKEN": "hush-7f3a" }, /* old: hush-7f3a */
            },
            "remote": { "url": "https://example.com/mcp?key=hush-7f3a" },
          },
        }
        """;

    private const string Codex = """
        model = "some-model"

        [mcp_servers.docs]
        command = "npx" # needs node
        args = ["-y", "docs"]
        env = { KEY = "hush-7f3a" }

        [tui]
        """;

    private readonly KmHomeFolder _home = new();
    private readonly string _user;
    private readonly string _project;

    public WrapTests()
    {
        _user = Modes.Folder(_home.File("user"));
        _project = Modes.Folder(_home.File("project"));
        Write(CursorFile, Cursor);
        Write(CodexFile, Codex);
    }

    private string CursorFile => Path.Combine(_user, ".cursor", "mcp.json");

    private string CodexFile => Path.Combine(_user, ".codex", "config.toml");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_wrapped_server_runs_through_km_and_unwrap_restores_every_byte()
    {
        var (status, output, errors) = await RunAsync("wrap", "--all", "--yes");
        Assert.True(status == 0, errors);
        Assert.Contains("Cursor: echo through km", output, StringComparison.Ordinal);
        Assert.Contains("Codex CLI: docs through km", output, StringComparison.Ordinal);

        // As Cursor starts it: the command and the environment that its file names.
        var entry = JsonDocument
            .Parse(
                File.ReadAllText(CursorFile),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            )
            .RootElement.GetProperty("mcpServers")
            .GetProperty("echo");
        var command = entry.GetProperty("command").GetString()!;
        Assert.True(Path.IsPathFullyQualified(command), command);
        await using var km = KmProcess.Start(
            command,
            entry.GetProperty("args").EnumerateArray().Select(word => word.GetString()!),
            new Dictionary<string, string>(_home.Environment) { ["TOKEN"] = Secret }
        );
        await km.SendAsync("hello");
        Assert.Equal("hello " + Secret, await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Contains("echo", km.Errors, StringComparison.Ordinal);

        (status, _, errors) = await RunAsync("unwrap", "--all", "--yes");
        Assert.True(status == 0, errors);
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
        Assert.Equal(Codex, File.ReadAllText(CodexFile));
    }

    [Fact]
    public async Task A_wrapped_server_over_HTTP_is_reached_through_km_with_its_headers()
    {
        var (server, address) = LocalHttp.Listen();
        using var listening = server;
        var original =
            $$"""{ "mcpServers": { "remote": { "type": "http", "url": "{{address}}/mcp", "headers": { "X-Key": "{{Secret}}" } } } }""";
        Write(CursorFile, original);
        var (status, output, errors) = await RunAsync("wrap", "cursor", "--yes");
        Assert.True(status == 0, errors);
        Assert.DoesNotContain(Secret, output + errors, StringComparison.Ordinal);

        var entry = JsonElement.Parse(File.ReadAllText(CursorFile)).GetProperty("mcpServers").GetProperty("remote");
        var arguments = entry.GetProperty("args").EnumerateArray().Select(word => word.GetString()!).ToList();
        Assert.DoesNotContain(arguments, word => word.Contains(Secret, StringComparison.Ordinal));
        var environment = new Dictionary<string, string>(_home.Environment);
        foreach (var variable in entry.GetProperty("env").EnumerateObject())
            environment[variable.Name] = variable.Value.GetString()!;
        await using var km = KmProcess.Start(entry.GetProperty("command").GetString()!, arguments, environment);
        var answering = AnswerAsync(server);
        await km.SendAsync("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{}}""", await km.ReadLineAsync());
        Assert.Equal(Secret, await answering);
        Assert.Equal(0, await km.FinishAsync());

        (status, _, errors) = await RunAsync("unwrap", "cursor", "--yes");
        Assert.True(status == 0, errors);
        Assert.Equal(original, File.ReadAllText(CursorFile));
    }

    [Theory]
    [InlineData("wrap")]
    [InlineData("wrap", "cursor")]
    [InlineData("wrap", "--dry-run")]
    [InlineData("wrap", "--all", "--dry-run", "--json")]
    public async Task Nothing_changes_without_an_agreement_and_no_secret_is_shown(params string[] arguments)
    {
        var (status, output, errors) = await RunAsync(arguments);

        var isDry = arguments.Contains("--dry-run");
        Assert.Equal(isDry ? 0 : 1, status);
        Assert.Equal(!isDry, errors.Contains("Nothing changed: not confirmed", StringComparison.Ordinal));
        Assert.Contains("\"monitor\"", output.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, output + errors, StringComparison.Ordinal);
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
        Assert.Equal(Codex, File.ReadAllText(CodexFile));
        Assert.False(Directory.Exists(Path.Combine(_home.Path, "wrap")));
    }

    [Fact]
    public async Task The_status_shows_each_server_with_its_state()
    {
        Assert.Equal(0, (await RunAsync("wrap", "cursor", "--yes")).Status);

        var (status, output, _) = await RunAsync("wrap", "status", "--json");

        Assert.Equal(0, status);
        Assert.Equal(
            [("cursor", "echo", "wrapped"), ("cursor", "remote", "leftAlone"), ("codex", "docs", "notWrapped")],
            JsonElement
                .Parse(output)
                .GetProperty("servers")
                .EnumerateArray()
                .Select(server =>
                    (
                        server.GetProperty("client").GetString(),
                        server.GetProperty("server").GetString(),
                        server.GetProperty("state").GetString()
                    )
                )
        );
        (_, output, _) = await RunAsync("wrap", "status");
        Assert.Matches(@"(?m)^cursor +echo +wrapped +~/\.cursor/mcp\.json$", output);
        Assert.Matches(@"(?m)^cursor +remote +left alone +its address may hold a key", output);
        Assert.Matches(@"(?m)^codex +docs +not wrapped", output);
    }

    [Fact]
    public async Task An_entry_that_was_changed_since_is_left_alone_and_the_change_is_shown()
    {
        Assert.Equal(0, (await RunAsync("wrap", "--all", "--yes")).Status);
        var changed = File.ReadAllText(CursorFile).Replace("\"-c\",", "\"-x\", \"-c\",", StringComparison.Ordinal);
        File.WriteAllText(CursorFile, changed);

        var (status, output, errors) = await RunAsync("unwrap", "--all", "--yes");

        Assert.Equal(1, status);
        Assert.Contains("[KM_WRP_005]", errors, StringComparison.Ordinal);
        Assert.Matches("(?m)^\\+ +\"-x\", \"-c\",$", output);
        Assert.DoesNotContain(Secret, output + errors, StringComparison.Ordinal);
        Assert.Equal(changed, File.ReadAllText(CursorFile));
        Assert.Equal(Codex, File.ReadAllText(CodexFile));
    }

    [Fact]
    public async Task A_backup_restores_the_whole_file_even_one_that_is_not_understood_any_more()
    {
        Assert.Equal(0, (await RunAsync("wrap", "cursor", "--yes")).Status);
        File.WriteAllText(CursorFile, "{ damaged");

        var (status, _, errors) = await RunAsync("unwrap", "cursor", "--from-backup", "--yes");

        Assert.True(status == 0, errors);
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
        (status, _, errors) = await RunAsync("unwrap", "codex", "--from-backup", "--yes");
        Assert.Equal(1, status);
        Assert.Contains("[KM_WRP_006]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_understood_is_named_with_its_place_and_others_are_changed_all_the_same()
    {
        const string Damaged = "{\n  \"mcpServers\": {\n    \"a\": {},\n    \"a\": {}\n  }\n}\n";
        Write(CursorFile, Damaged);

        var (status, output, errors) = await RunAsync("wrap", "--all", "--yes");

        Assert.Equal(1, status);
        Assert.Contains($"{CursorFile}:4:5: the name \"a\" is there twice [KM_WRP_001]", errors, StringComparison.Ordinal);
        Assert.Equal(Damaged, File.ReadAllText(CursorFile));
        Assert.Contains("Codex CLI: docs through km", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_a_project_name_km_without_a_path()
    {
        var file = Path.Combine(_project, ".mcp.json");
        const string Content = "{ \"mcpServers\": { \"a\": { \"command\": \"npx\" } } }\n";
        Write(file, Content);

        Assert.Equal(0, (await RunAsync("wrap", "--project", "--all", "--yes")).Status);

        Assert.Equal(
            "{ \"mcpServers\": { \"a\": { \"command\": \"km\", \"args\": [\"monitor\", \"--name\", \"a\", \"--\", \"npx\"] } } }\n",
            File.ReadAllText(file)
        );
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
        Assert.Equal(0, (await RunAsync("unwrap", "--project", "--all", "--yes")).Status);
        Assert.Equal(Content, File.ReadAllText(file));
    }

    [Fact]
    public async Task A_link_stays_a_link_and_the_file_keeps_its_mode()
    {
        var real = Path.Combine(_user, "dotfiles.json");
        File.Move(CursorFile, real);
        Modes.Set(real, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(CursorFile, "../dotfiles.json");

        Assert.Equal(0, (await RunAsync("wrap", "cursor", "--yes")).Status);

        Assert.Equal("../dotfiles.json", new FileInfo(CursorFile).LinkTarget);
        Assert.Contains("monitor", File.ReadAllText(real), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, Modes.Of(real));
    }

    [Fact]
    public async Task Names_that_would_act_on_a_terminal_are_shown_clean()
    {
        Write(
            CursorFile,
            "{ \"mcpServers\": { \"a\\u001b[2J\\u0007\\r\": { \"command\": \"x\" }, \"b\": { \"command\": \"\u009b31m\u202e\" } } }"
        );
        foreach (var arguments in new[] { "wrap status", "wrap --dry-run", "wrap status --json" })
        {
            var (_, output, errors) = await RunAsync(arguments.Split(' '));
            Assert.DoesNotContain(output + errors, c => char.IsControl(c) && c != '\n');
            Assert.DoesNotContain('\u202e', output + errors);
        }
    }

    [Theory]
    [InlineData("CFG_ARG_001", "wrap", "curser")]
    [InlineData("CFG_ARG_001", "wrap", "--yes")]
    [InlineData("CFG_ARG_001", "wrap", "cursor", "--all")]
    [InlineData("CFG_ARG_001", "unwrap", "cursor", "--from-backup", "--server", "echo")]
    [InlineData("KM_WRP_007", "wrap", "zed")]
    [InlineData("KM_WRP_007", "wrap", "cursor", "--server", "ecko")]
    public async Task What_is_not_there_is_named(string code, params string[] arguments)
    {
        var (status, _, errors) = await RunAsync(arguments);

        Assert.NotEqual(0, status);
        Assert.Contains($"[{code}]", errors, StringComparison.Ordinal);
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
    }

    [Fact]
    public async Task Uninstalling_km_takes_it_out_of_what_it_wrapped_and_out_of_nothing_else()
    {
        const string ByHand = """{ "mcpServers": { "a": { "command": "km", "args": ["monitor", "--", "npx"] } } }""";
        Assert.Equal(0, (await RunAsync("wrap", "--all", "--yes")).Status);
        var other = Path.Combine(_user, ".kimi", "mcp.json");
        Write(other, ByHand);

        var (status, output, errors) = await RunAsync("uninstall", "--yes");

        Assert.True(status == 0, output + errors);
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
        Assert.Equal(Codex, File.ReadAllText(CodexFile));
        Assert.Equal(ByHand, File.ReadAllText(other));
    }

    [Fact]
    public async Task Init_names_the_command_where_nobody_can_be_asked()
    {
        var (_, output, _) = await RunAsync("init", "--yes");

        Assert.Contains("To run 2 servers of Cursor, Codex CLI through km: km wrap", output, StringComparison.Ordinal);
        Assert.Equal(Cursor, File.ReadAllText(CursorFile));
    }

    /// <summary>Answers one request.</summary>
    /// <returns>The key that it came with.</returns>
    private static async Task<string?> AnswerAsync(HttpListener server)
    {
        var context = await server.GetContextAsync();
        context.Response.ContentType = "application/json";
        await context.Response.OutputStream.WriteAsync("""{"jsonrpc":"2.0","id":1,"result":{}}"""u8.ToArray());
        context.Response.Close();
        return context.Request.Headers["X-Key"];
    }

    private static void Write(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) =>
        Promises.Shell.RunAsync(
            "unset CODEX_HOME CLAUDE_CONFIG_DIR XDG_CONFIG_HOME; HOME=$1; export HOME; shift; exec \"$@\"",
            _home.Environment,
            _project,
            [_user, Programs.Km, .. arguments]
        );
}
