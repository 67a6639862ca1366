using Kilometers.Cli.Commands.Reports;

namespace Kilometers.Cli.Tests.Commands.Reports;

public sealed class ReportViewTests : IDisposable
{
    private readonly CollectedFigures _figures = new();

    public void Dispose() => _figures.Dispose();

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(200)]
    public void Format_AnyTerminal_FitsIt(int width)
    {
        _figures
            .With("one", "a-server-with-a-rather-long-name", "a_tool_with_a_name_that_nobody_would_like_to_type", 123_456, 12.5)
            .With("two", "b", "search", 40, unused: [.. Enumerable.Range(0, 30).Select(at => $"a_tool_that_nobody_uses_{at}")])
            .With("three", "c", new string('x', 190), 10);
        var lines = Lines(width);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        foreach (var word in (string[])["TOOL", "ERROR", "SERVER", "METHOD", "CLIENT", "WORTH A LOOK", "search", "time-out"])
            Assert.Contains(lines, line => line.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public void Format_HostileNames_CannotControlTheTerminal()
    {
        _figures.With("one", CollectedFigures.Hostile, CollectedFigures.Hostile, 20, unused: [CollectedFigures.Hostile + "2"]);
        var text = string.Concat(Lines(null));
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u202e', text);
    }

    [Fact]
    public void Format_ManyTools_NamesTheMostCalled()
    {
        for (var tool = 0; tool < 30; tool++)
            _figures.With($"s{tool}", "files", $"tool{tool:00}", 100 - tool);
        var lines = Lines(120);
        Assert.Contains(lines, line => line.StartsWith("tool00 ", StringComparison.Ordinal));
        Assert.Contains("and 10 more, see --json", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("tool25 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Format_NoCalls_SaysWhatToDo()
    {
        _figures.With("one", "files", "read", 5, days: 30);
        var report = _figures.Report(new() { Since = CollectedFigures.Now.AddDays(-7) });
        Assert.Contains("--since", string.Concat(new ReportView(80, false, "...").Format(report)), StringComparison.Ordinal);
    }

    private List<string> Lines(int? width) => [.. new ReportView(width, false, "…").Format(_figures.Report())];
}
