using System.Text.Json;
using Kilometers.EndToEnd.Tests.Running;

namespace Kilometers.EndToEnd.Tests.Plugins;

/// <summary>What a plugin said can be read while its session runs and when it is over.</summary>
public sealed class PluginLogsTests : IDisposable
{
    private readonly KmHomeFolder _home = new();
    private readonly Workspace _workspace = new();

    public void Dispose()
    {
        _home.Dispose();
        _workspace.Dispose();
    }

    [Fact]
    public async Task What_a_plugin_says_is_kept_with_its_session_and_without_secrets()
    {
        var plugin = _workspace.TestPlugin(
            "talker",
            ("SESSIONS", "1"),
            ("PRINT", "1"),
            ("ERROR_BEFORE", "starting"),
            ("LOG", "password=hunter2 was used")
        );
        await using var km = Monitor("files", plugin);
        await km.EchoAsync(1);
        await Wait.ForAsync(async () => (await LinesAsync("talker")).Exists(line => Text(line) == "files saw 1"), "the line to be kept");

        // Somebody reads along from another terminal.
        await using var follower = KmProcess.Start(
            Programs.Km,
            ["plugins", "logs", "talker", "--follow", "--lines", "0", "--json"],
            _home.Environment
        );
        var followed = new StreamReader(follower.Output);
        await UntilAsync(followed, "files saw 1");
        await km.EchoAsync(2);
        await UntilAsync(followed, "files saw 2");
        await km.EndAsync();
        follower.Signal(PosixSignalNumber.Interrupt);
        Assert.Equal(0, await follower.ExitAsync());

        await using (var other = Monitor("mail", plugin))
        {
            await other.EchoAsync(7);
            await Wait.ForAsync(async () => (await LinesAsync("talker")).Exists(line => Text(line) == "mail saw 7"), "the other session");
            await other.EndAsync();
        }

        // Sessions are over, and all of it is there: also what was said before the plugin had said its name.
        var lines = await LinesAsync("talker");
        Assert.Contains(lines, line => (Text(line), Server(line), Level(line)) == ("starting", "files", "debug"));
        Assert.Contains(lines, line => (Text(line), Server(line), Level(line)) == ("password=*** was used", "files", "warn"));
        Assert.Equal("files", Server(lines.First(line => Text(line) == "files saw 2")));
        Assert.Equal("mail", Server(lines.First(line => Text(line) == "mail saw 7")));
        Assert.Equal(2, lines.Select(line => line.GetProperty("sessions")[0].GetProperty("id").GetString()).Distinct().Count());
        var (status, output, _) = await _home.RunAsync("plugins", "logs", "talker");
        Assert.Equal(0, status);
        Assert.Matches(@"(?m)^.*  mail +[0-9a-f]{8}  mail saw 7$", output);
        Assert.DoesNotContain(
            "hunter2",
            string.Concat(Directory.EnumerateFiles(_home.File("home/logs")).Select(File.ReadAllText)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_plugin_that_did_not_start_left_its_last_words()
    {
        await using (var km = Monitor("files", _workspace.Script("km-plugin-broken", "echo 'no such option' >&2; exit 1")))
        {
            await km.EchoAsync(1);
            await km.SaysAsync("[PLG_RUN_002]");
            await km.EndAsync();
        }

        await Wait.ForAsync(async () => (await LinesAsync("km-plugin-broken")).Exists(line => Text(line) == "no such option"), "its words");
    }

    [Fact]
    public async Task Where_nothing_can_be_kept_the_session_and_its_plugins_are_as_ever()
    {
        Directory.CreateDirectory(_home.Path);
        await File.WriteAllTextAsync(Path.Combine(_home.Path, "logs"), "in the way", TestContext.Current.CancellationToken);
        await using var km = Monitor("files", _workspace.TestPlugin("talker", ("SESSIONS", "1"), ("PRINT", "1")));
        await km.EchoAsync(1, 20);
        await km.SaysAsync("[talker] files saw 20");
        await km.EndAsync();
        Assert.DoesNotContain("logs", km.Errors, StringComparison.Ordinal);
    }

    private KmProcess Monitor(string server, string plugin) =>
        KmProcess.Monitor(["--name", server, .. Conversation.Plugins(plugin)], Conversation.Server, _home.Environment);

    /// <summary>Nothing while nothing is kept.</summary>
    private async Task<List<JsonElement>> LinesAsync(string plugin)
    {
        var (status, output, _) = await _home.RunAsync("plugins", "logs", plugin, "--lines", "0", "--json");
        return status == 0 ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))] : [];
    }

    private static async Task UntilAsync(StreamReader lines, string text)
    {
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Wait.Limit) is { } line)
            if (Text(JsonElement.Parse(line)) == text)
                return;
        Assert.Fail($"it ended before it showed: {text}");
    }

    private static string? Text(JsonElement line) => line.GetProperty("text").GetString();

    private static string? Server(JsonElement line) => line.GetProperty("sessions")[0].GetProperty("server").GetString();

    private static string? Level(JsonElement line) => line.TryGetProperty("level", out var level) ? level.GetString() : null;
}
