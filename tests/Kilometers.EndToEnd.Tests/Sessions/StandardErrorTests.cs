using System.Security.Cryptography;
using System.Text;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Sessions;

/// <summary>Standard error belongs to the server first; what km and plugins say there delays nothing.</summary>
public sealed class StandardErrorTests
{
    private const string Ping = """{"jsonrpc":"2.0","id":1,"method":"ping"}""";

    [Fact]
    public async Task The_servers_standard_error_passes_unchanged()
    {
        using var workspace = new Workspace();
        var bytes = RandomNumberGenerator.GetBytes(2_000_000);
        var (sent, seen) = (workspace.File("sent"), workspace.File("seen"));
        await File.WriteAllBytesAsync(sent, bytes, TestContext.Current.CancellationToken);
        var script = workspace.Script(
            "run",
            $"exec '{Programs.Km}' monitor --quiet --no-plugins -- sh -c 'cat \"$0\" >&2; exit 3' '{sent}' 2>'{seen}'"
        );
        await using var km = KmProcess.Start(script, []);
        Assert.Equal(3, await km.FinishAsync());
        var all = await File.ReadAllBytesAsync(seen, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, all[..Math.Min(bytes.Length, all.Length)]);

        // On a starved machine the observer may not be through in time; that it says so is not quiet, and right.
        var rest = Encoding.UTF8.GetString(all.AsSpan(bytes.Length));
        Assert.True(rest.Length == 0 || rest.Contains("not observed", StringComparison.Ordinal), rest);
    }

    [Fact]
    public async Task A_line_of_the_server_is_never_torn_by_one_of_km()
    {
        using var workspace = new Workspace();
        var plugin = workspace.TestPlugin("loud", ("PRINT_AFTER", "3000"));
        await using var km = KmProcess.Monitor(["--dev-plugin", plugin], [Programs.TestMcpServer, "stderr", "3000"]);
        await km.SendAsync(Ping);
        await Wait.ForAsync(() => workspace.Messages("loud").Count == 2, "the plugin to see the pair");
        Assert.Equal(0, await km.FinishAsync());
        var lines = km.Errors.Split('\n').ToHashSet();
        Assert.All(Enumerable.Range(0, 3000), i => Assert.Contains($"stderr line {i}", lines));
    }

    [Fact]
    public async Task A_client_that_does_not_read_standard_error_still_gets_its_answers_and_its_end()
    {
        using var traces = new Traces();
        await using var km = Unread(traces, "jsonrpc");
        await AnswersAsync(km, traces);
        Assert.Equal(0, await km.FinishAsync());
        await traces.AreGoneAsync();
    }

    [Fact]
    public async Task What_plugins_print_to_nobody_does_not_keep_a_server_that_says_little_from_ending()
    {
        using var traces = new Traces();
        await using var km = Unread(traces, "last-line");
        await AnswersAsync(km, traces);
        Assert.Equal(0, await km.FinishAsync());
        await traces.AreGoneAsync();
    }

    /// <summary>km with a standard error that is open and that nobody reads, and a plugin that prints far more than it holds.</summary>
    private static KmProcess Unread(Traces traces, string mode)
    {
        var plugin = traces.Workspace.TestPlugin("loud", ("PRINT_AFTER", "20000"));
        var pipe = traces.Workspace.File("pipe");
        var server = traces.Workspace.Script(
            "server",
            $"'{Programs.TestMcpServer}' jsonrpc",
            mode == "last-line" ? "echo 'one line' >&2" : ":"
        );
        var script = traces.Workspace.Script(
            "session",
            $"mkfifo '{pipe}'",
            $"exec 3<>'{pipe}'",
            $"exec '{Programs.Km}' monitor --dev-plugin '{plugin}' {string.Join(' ', KmProcess.Access([plugin]))} -- '{server}' 2>&3 3>&-"
        );
        return KmProcess.Start(script, [], traces.Environment);
    }

    private static async Task AnswersAsync(KmProcess km, Traces traces)
    {
        await km.SendAsync(Ping);
        Assert.NotNull(await km.ReadLineAsync());

        // Its messages come after its printing.
        await Wait.ForAsync(() => traces.Workspace.Messages("loud").Count >= 2, "the plugin to have printed");
        for (var i = 0; i < 200; i++)
        {
            await km.SendAsync(Ping);
            Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{}}""", await km.ReadLineAsync());
        }
    }
}
