using Kilometers.Cli.Commands.Top;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Commands.Top;

public sealed class TopViewTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(40, 10)]
    [InlineData(60, 24)]
    [InlineData(80, 24)]
    [InlineData(120, 30)]
    [InlineData(200, 50)]
    public void Format_AnyTerminal_FitsIt(int width, int height)
    {
        var report = Report([.. Enumerable.Range(0, 40).Select(at => Session($"{at:00}", "a-server-with-a-rather-long-name-" + at))]);
        var lines = View(width, height).Format(report, new TopState { Selected = "39" });
        Assert.InRange(lines.Count, 1, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(lines, line => line.StartsWith('>'));
    }

    [Fact]
    public void Format_HostileNames_CannotControlTheTerminal()
    {
        var report = Report([Session("1", "evil\u001b[2J\nkm top  00:00:00\u202e")]) with
        {
            Pending = [new TopPending(1, "1", "evil\u001b]0;x\u0007", "in", "tool\u001b[H", 3)],
        };
        var text = string.Concat(View(200, 50).Format(report, null));
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u202e', text);
        Assert.DoesNotContain('\u0007', text);
        Assert.DoesNotContain('\n', text);
    }

    [Fact]
    public void Format_NoSession_SaysWhatToDo() =>
        Assert.Contains(View(80, 24).Format(Report([]), null), line => line.Contains("km monitor", StringComparison.Ordinal));

    [Fact]
    public void Format_NoRecordings_SaysHowToGetThem() =>
        Assert.Contains(View(120, 24).Format(Report([Session("1", "files")]) with { IsRecording = false }, null), line =>
            line.Contains("km plugins install recorder", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData(TopOrder.Traffic, "b")]
    [InlineData(TopOrder.Memory, "a")]
    [InlineData(TopOrder.Name, "a")]
    [InlineData(TopOrder.Errors, "b")]
    internal void Sort_ByOrder_PutsTheLargestFirst(TopOrder order, string expected)
    {
        var report = Report([
            Session("1", "a") with
            {
                CallsPerSecond = 1,
                MemoryBytes = 5,
                RecentErrors = 0,
            },
            Session("2", "b") with
            {
                CallsPerSecond = 2,
                MemoryBytes = 4,
                RecentErrors = 1,
            },
        ]);
        Assert.Equal(expected, TopView.Sort(report, order)[0].Server);
    }

    private static TopView View(int width, int height) => new(new Screen(TextWriter.Null, isRedirected: true), width, height);

    private static TopReport Report(IReadOnlyList<TopSession> sessions) =>
        new()
        {
            At = Now,
            WindowSeconds = 300,
            IsRecording = true,
            Sessions = sessions,
            Tools = [.. Enumerable.Range(0, 30).Select(at => new TopTool("files", "in", "tool_" + at, at, at % 3, 1, 2, 3, at))],
            Pending = [.. Enumerable.Range(0, 30).Select(at => new TopPending(at, "s", "files", "out", "tool_" + at, at))],
        };

    private static TopSession Session(string key, string server) =>
        new()
        {
            Id = key,
            Key = key,
            Pid = 1,
            Server = server,
            CallsPerSecond = 1.5,
            Pending = 2,
            OldestPendingSeconds = 12,
            P95Ms = 20,
            RecentErrors = 1,
            MemoryBytes = 80_000_000,
            Plugins = [new TopPlugin("recorder", "Active", 0)],
        };
}
