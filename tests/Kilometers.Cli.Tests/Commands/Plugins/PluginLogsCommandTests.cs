using System.Text;
using System.Text.Json;
using Kilometers.PluginHost.Logs;

namespace Kilometers.Cli.Tests.Commands.Plugins;

public sealed class PluginLogsCommandTests : IDisposable
{
    private static readonly string[] Lines =
    [
        """{"at":"2026-11-01T08:00:00Z","sessions":[{"id":"0193c8a1b2c37d4e8f901122aabbccdd","server":"files"}],"text":"one"}""",
        """{"at":"2026-11-02T08:00:00Z","sessions":[{"id":"a","server":"files"},{"id":"b","server":"mail"}],"level":"warn","text":"two, said","fields":{"what":"said","error":"no disk"}}""",
        """{"at":"2026-11-03T08:00:00Z","sessions":[],"lost":3}""",
        """{"at":"2026-11-04T08:00:00Z","sessions":[{"id":"b","server":"mail"}],"level":"error","text":"four","fields":{"exception":"Bad: \u001b]52;c;x\u0007\n   at Handler"}}""",
    ];

    private readonly string _home = Directory.CreateTempSubdirectory("km-logs-").FullName;
    private readonly PluginLogFiles _files;

    public PluginLogsCommandTests()
    {
        _files = new PluginLogFiles(Path.Combine(_home, "logs"));
        _files.Append("greeter", Encoding.UTF8.GetBytes(string.Join('\n', Lines) + "\n"));
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Logs_All_ShowsWhoWhenAndWhat()
    {
        var (status, output, _) = await RunAsync("greeter");
        Assert.Equal(0, status);
        Assert.Equal(
            """
            2026-11-01 08:00:00.000  files         1122aabb  one
            2026-11-02 08:00:00.000  (sessions)    2         WARN two, said  error=no disk
            2026-11-03 08:00:00.000                          (3 lines were not kept here)
            2026-11-04 08:00:00.000  mail          b         ERROR four
                                                             Bad: ?]52;c;x?
                                                                at Handler

            """,
            output
        );
    }

    [Theory]
    [InlineData("--lines 1", "four")]
    [InlineData("-n 2", "3 lines|four")]
    [InlineData("--since 2026-11-02T08:00:00Z --lines 0", "two|3 lines|four")]
    [InlineData("--since 2026-11-02T08:00:00Z -n 2", "3 lines|four")]
    [InlineData("--since 2027-01-01", "No lines match.")]
    public async Task Logs_Option_ShowsWhatIsAskedFor(string options, string expected)
    {
        var (status, output, errors) = await RunAsync(["greeter", .. options.Split(' ')]);
        Assert.True(status == 0, errors);
        var rows = output.Split('\n').Where(row => !row.StartsWith("      ", StringComparison.Ordinal) && row.Length > 0).ToList();
        Assert.Equal(expected.Split('|').Length, rows.Count);
        Assert.All(expected.Split('|').Zip(rows), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logs_Json_IsOneObjectPerLineWithoutControlCharacters()
    {
        var (status, output, _) = await RunAsync("greeter", "--json");
        Assert.Equal(0, status);
        Assert.DoesNotContain(output, c => char.IsControl(c) && c != '\n');
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(Lines.Length, lines.Count);
        Assert.Equal("0193c8a1b2c37d4e8f901122aabbccdd", lines[0].GetProperty("sessions")[0].GetProperty("id").GetString());
        Assert.Equal("no disk", lines[1].GetProperty("fields").GetProperty("error").GetString());
        Assert.Equal(3, lines[2].GetProperty("lost").GetInt32());
    }

    [Fact]
    public async Task Logs_UnknownName_IsAnErrorThatNamesTheOthers()
    {
        foreach (var options in new string[][] { ["gretter"], ["gretter", "--follow"] })
        {
            var (status, _, errors) = await RunAsync(options);
            Assert.Equal(1, status);
            Assert.Contains("[PLG_LOG_001]", errors, StringComparison.Ordinal);
            Assert.Contains("Something is kept of: greeter", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Logs_InstalledButSilent_IsNoError()
    {
        Directory.CreateDirectory(Path.Combine(_home, "plugins"));
        await File.WriteAllTextAsync(Path.Combine(_home, "plugins", "quiet.kmpkg"), "", TestContext.Current.CancellationToken);
        var (status, output, _) = await RunAsync("quiet");
        Assert.Equal((0, "quiet has said nothing yet.\n"), (status, output));
        await RealKm.RunAsync(_home, "config", "set", "keep-plugin-logs", "false");
        (_, output, _) = await RunAsync("quiet");
        Assert.StartsWith("Nothing is kept of quiet.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_LinkInItsPlace_IsNotRead()
    {
        await File.WriteAllTextAsync(Path.Combine(_home, "other"), Lines[0] + "\n", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(_files.NewerOf("linked"), Path.Combine(_home, "other"));
        var (status, output, errors) = await RunAsync("linked");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains("[PLG_LOG_002]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_Lines_MustBeANumber()
    {
        var (status, _, errors) = await RunAsync("greeter", "-n", "few");
        Assert.Equal(2, status);
        Assert.Contains("--lines: 'few' is not a number of lines, 0 or more", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_Name_IsThatOfAPluginThatSaidSomething()
    {
        var (_, output, _) = await RealKm.RunAsync(_home, "__complete", "--", "plugins", "logs", "gr");
        Assert.Contains("greeter", output, StringComparison.Ordinal);
    }

    private Task<(int Status, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RealKm.RunAsync(_home, new Dictionary<string, string?> { ["TZ"] = "UTC" }, ["plugins", "logs", .. arguments]);
}
