using System.Text;
using System.Text.RegularExpressions;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>What people type and what they are told.</summary>
public sealed partial class CommandLineTests
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    [Theory]
    [InlineData("no-such-command-anywhere", "PATH")]
    [InlineData("/no/such/file", "Check the path")]
    public async Task A_command_that_is_not_there_is_127_with_a_code_and_a_hint(string command, string hint)
    {
        await using var km = KmProcess.Monitor([], [command]);
        Assert.Equal(127, await km.FinishAsync());
        Assert.Contains($"'{command}' was not found [MON_CMD_001]", km.Errors, StringComparison.Ordinal);
        Assert.Contains(hint, km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_executable_is_126_with_a_code_and_a_hint()
    {
        using var workspace = new Workspace();
        var file = workspace.File("data.txt");
        await File.WriteAllTextAsync(file, "no program\n", TestContext.Current.CancellationToken);
        await using var km = KmProcess.Monitor([], [file]);
        Assert.Equal(126, await km.FinishAsync());
        Assert.Contains("cannot be executed [MON_CMD_002]", km.Errors, StringComparison.Ordinal);
        Assert.Contains($"chmod +x {file}", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_is_126()
    {
        using var workspace = new Workspace();
        await using var km = KmProcess.Monitor([], [workspace.Folder]);
        Assert.Equal(126, await km.FinishAsync());
        Assert.Contains("MON_CMD_002", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_without_its_first_line_runs_as_in_a_shell()
    {
        using var workspace = new Workspace();
        var script = workspace.Script("plain");
        await File.WriteAllTextAsync(script, "echo \"$#:$1:$2\"\nexit 3\n", TestContext.Current.CancellationToken);
        await using var km = KmProcess.Monitor([], [script, "a b", ""]);
        Assert.Equal("2:a b:", await km.ReadLineAsync());
        Assert.Equal(3, await km.FinishAsync());
    }

    [Theory]
    [InlineData("monitor")]
    [InlineData("monitor", "--server")]
    [InlineData("monitor", "--server", "--")]
    [InlineData("monitor", "--")]
    [InlineData("monitor", "--", "")]
    public async Task A_missing_command_is_a_usage_error(params string[] arguments)
    {
        await using var km = KmProcess.Start(Programs.Km, arguments);
        Assert.Equal(2, await km.FinishAsync());
        Assert.Contains("command is missing", km.Errors, StringComparison.Ordinal);
        Assert.Contains("CFG_ARG_001", km.Errors, StringComparison.Ordinal);
        Assert.Contains("km monitor --help", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--buffer-size", "huge")]
    [InlineData("--buffer-size", "0")]
    [InlineData("--buffer-size", "-1")]
    [InlineData("--buffer-size", "1.5MB")]
    [InlineData("--queue-size", "16XB")]
    [InlineData("--queue-size", "99999999999GB")]
    public async Task A_size_that_is_none_is_a_usage_error_that_shows_it(string option, string value)
    {
        await using var km = KmProcess.Monitor([option, value], ["cat"]);
        Assert.Equal(2, await km.FinishAsync());
        Assert.Contains(option, km.Errors, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", km.Errors, StringComparison.Ordinal);
        Assert.Contains("16MB", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-such-option")]
    [InlineData("--dev-plugin")]
    [InlineData("surplus")]
    public async Task What_km_does_not_know_is_a_usage_error_and_starts_no_server(string option)
    {
        using var workspace = new Workspace();
        var mark = workspace.File("mark");
        await using var km = KmProcess.Monitor([option], ["touch", mark]);
        Assert.Equal(2, await km.FinishAsync());
        Assert.Contains(option, km.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task An_unknown_command_is_a_usage_error()
    {
        await using var km = KmProcess.Start(Programs.Km, ["observe"]);
        Assert.Equal(2, await km.FinishAsync());
        Assert.Contains("observe", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--buffer-size", "1MB", "--server")]
    [InlineData("--buffer-size=1MB", "--server")]
    [InlineData("--server", "--buffer-size", "1 mb", "--queue-size", "65536")]
    [InlineData("--no-plugins")]
    public async Task Options_are_understood_in_every_spelling(params string[] options)
    {
        await using var km = KmProcess.Start(Programs.Km, ["monitor", .. options, "--", "echo", "x"]);
        Assert.Equal("x", await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
    }

    [Theory]
    [InlineData("--quiet")]
    [InlineData("--help")]
    [InlineData("--")]
    [InlineData("@file")]
    [InlineData("[suggest]")]
    public async Task What_stands_behind_the_two_dashes_belongs_to_the_server(string argument)
    {
        await using var km = KmProcess.Monitor([], ["printf", "%s|", argument, "", "a  b", "--server"]);
        Assert.Equal(
            $"{argument}||a  b|--server|",
            await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken)
        );
        Assert.Equal(0, await km.ExitAsync());
        Assert.Contains("[km] printf: ", km.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_summary_counts_messages_errors_latency_noise_and_large_messages_under_the_given_name()
    {
        await using var km = KmProcess.Monitor(["--name", "my files", "--buffer-size", "1KB"], [Programs.TestMcpServer, "jsonrpc"]);
        string[] lines =
        [
            Ping,
            """{"jsonrpc":"2.0","id":2,"method":"no/such"}""",
            """{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"isError"}}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            """{"jsonrpc":"2.0","id":5,"method":"ping","params":{"x":"LARGE"}}""".Replace(
                "LARGE",
                new string('x', 2000),
                StringComparison.Ordinal
            ),
            "this is not JSON",
        ];
        foreach (var line in lines)
            await km.SendAsync(line);
        for (var answers = 0; answers < 5; answers++)
            Assert.NotNull(await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());

        // The server answers what is not JSON with a parse error: the third error.
        var summary = Assert.Single(km.Errors.Split('\n'), line => line.StartsWith("[km]", StringComparison.Ordinal));
        Assert.Matches(Summary(), summary);
    }

    [Fact]
    public async Task Quiet_prints_nothing_when_all_is_well()
    {
        using var workspace = new Workspace();
        var plugin = workspace.TestPlugin("silent");
        await using var km = KmProcess.Monitor(["--quiet", "--no-plugins", "--dev-plugin", plugin], [Programs.TestMcpServer, "jsonrpc"]);
        await km.SendAsync(Ping);
        Assert.NotNull(await km.ReadLineAsync());
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal("", km.Errors);
        Assert.Empty(workspace.Record("silent"));
    }

    [Fact]
    public async Task Quiet_still_prints_what_went_wrong()
    {
        await using var km = KmProcess.Monitor(["-q"], ["no-such-command-anywhere"]);
        Assert.Equal(127, await km.FinishAsync());
        Assert.Contains("MON_CMD_001", km.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("monitor", "--help")]
    [InlineData("monitor", "-h")]
    public async Task Help_shows_how_it_is_used_and_succeeds(params string[] arguments)
    {
        await using var km = KmProcess.Start(Programs.Km, arguments);
        var text = await new StreamReader(km.Output).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await km.ExitAsync());
        Assert.Contains("monitor", text, StringComparison.Ordinal);
        if (arguments.Length == 1)
            return;
        Assert.All(
            ["km monitor --server -- npx", "--buffer-size", "--queue-size", "--dev-plugin", "--name", "--quiet", "--no-plugins"],
            part => Assert.Contains(part, text, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("__guard", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version", "km 1.")]
    [InlineData("--version", "1.")]
    public async Task The_version_is_told(string argument, string start)
    {
        await using var km = KmProcess.Start(Programs.Km, [argument]);
        Assert.StartsWith(start, await km.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await km.FinishAsync());
    }

    [Theory]
    [InlineData("", "xterm-256color", true)]
    [InlineData("1", "xterm-256color", false)]
    [InlineData("", "dumb", false)]
    public async Task Colours_are_for_terminals_whose_user_wants_them(string noColor, string terminal, bool colours)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "a terminal: /usr/bin/script (bsdutils) is not installed");
        using var workspace = new Workspace();
        var (seen, stop) = (workspace.File("seen"), workspace.File("stop"));
        var session = workspace.Script(
            "session",
            $"(echo '{Ping}'; until [ -e '{stop}' ]; do sleep 0.1; done) | '{Programs.Km}' monitor --dev-plugin '{Programs.ConsoleLogger}' -- '{Programs.TestMcpServer}' jsonrpc >'{seen}'"
        );
        var environment = new Dictionary<string, string>
        {
            ["NO_COLOR"] = noColor,
            ["TERM"] = terminal,
            ["LC_ALL"] = "C.UTF-8",
        };
        await using var km = KmProcess.Start("/usr/bin/script", ["-qec", session, "/dev/null"], environment);
        var text = new StringBuilder();
        while (!text.ToString().Contains("ping", StringComparison.Ordinal))
            text.AppendLine(await km.ReadLineAsync() ?? throw new EndOfStreamException(text.ToString()));
        await File.WriteAllTextAsync(stop, "", TestContext.Current.CancellationToken);
        Assert.Equal(0, await km.FinishAsync());
        Assert.Equal(colours, text.ToString().Contains("\u001b[", StringComparison.Ordinal));
        Assert.DoesNotContain("\u001b", await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [GeneratedRegex(
        @"^\[km\] my files: 11 messages \(6 in, 5 out\), 3 errors, p50 \S+ (µs|ms|s), p99 \S+ (µs|ms|s), 1 not JSON-RPC, 1 above --buffer-size, nothing dropped$"
    )]
    private static partial Regex Summary();
}
