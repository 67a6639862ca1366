using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Output;

public sealed class WatchScreenTests
{
    private readonly StringWriter _output = new();

    [Fact]
    public void Show_Terminal_WritesOverAndGivesTheScreenBack()
    {
        using (var screen = new WatchScreen(_output, isTerminal: true))
        {
            screen.Show(["one", "two"], 24);
            Assert.Equal("\u001b[?1049h\u001b[?25l\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J", _output.ToString());
            _output.GetStringBuilder().Clear();
            screen.Show(["three"], 24);

            // Nothing is cleared before it is written over: that would flicker.
            Assert.Equal("\u001b[Hthree\u001b[K\u001b[J", _output.ToString());
            _output.GetStringBuilder().Clear();
        }

        Assert.Equal("\u001b[?25h\u001b[?1049l", _output.ToString());
    }

    [Fact]
    public void Show_MoreLinesThanTheTerminalHas_SaysHowManyAreMissing()
    {
        using var screen = new WatchScreen(_output, isTerminal: true);
        screen.Show([.. Enumerable.Range(1, 10).Select(number => $"line {number}")], 4);
        var shown = _output.ToString().Split("\r\n");
        Assert.Equal(4, shown.Length);
        Assert.Contains("(7 more lines", shown[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Show_Pipe_IsABlockOfPlainLines()
    {
        using (var screen = new WatchScreen(_output, isTerminal: false))
        {
            screen.Show(["one", "two"], int.MaxValue);
            screen.Show(["three"], int.MaxValue);
        }

        Assert.Equal("one\ntwo\n\nthree\n\n", _output.ToString());
    }
}
