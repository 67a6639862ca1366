using System.Globalization;
using System.Text;

namespace Kilometers.Cli.Output;

/// <summary>
/// Shows one picture after another. On a terminal each is written over the last, in one piece and without clearing first, so that nothing
/// flickers, and the terminal's earlier content comes back at the end. Elsewhere each is a block of lines.
/// </summary>
internal sealed class WatchScreen : IDisposable
{
    private readonly TextWriter _output;
    private readonly bool _isTerminal;
    private bool _isOpen;

    /// <param name="output">Where to.</param>
    /// <param name="isTerminal">Whether it understands control sequences.</param>
    public WatchScreen(TextWriter output, bool isTerminal)
    {
        _output = output;
        _isTerminal = isTerminal;
    }

    /// <summary>Shows a picture.</summary>
    /// <param name="lines">Its lines, none wider than the terminal.</param>
    /// <param name="height">The terminal's lines.</param>
    public void Show(IReadOnlyList<string> lines, int height)
    {
        var frame = new StringBuilder();
        if (!_isTerminal)
        {
            foreach (var line in lines)
                frame.Append(TerminalText.Colored(line)).Append('\n');
            frame.Append('\n');
        }
        else
        {
            // The other screen, no cursor; later only to its first place.
            frame.Append(_isOpen ? "\u001b[H" : "\u001b[?1049h\u001b[?25l\u001b[H");
            _isOpen = true;
            var shown =
                lines.Count <= height || height < 2
                    ? lines
                    :
                    [
                        .. lines.Take(height - 1),
                        string.Create(CultureInfo.InvariantCulture, $"({lines.Count - height + 1} more lines; see km plugins status)"),
                    ];
            for (var at = 0; at < shown.Count && at < Math.Max(height, 1); at++)
                frame.Append(at == 0 ? "" : "\r\n").Append(TerminalText.Colored(shown[at])).Append("\u001b[K");
            frame.Append("\u001b[J");
        }

        _output.Write(frame.ToString());
        _output.Flush();
    }

    /// <summary>Gives the terminal back.</summary>
    public void Dispose()
    {
        if (!_isOpen)
            return;
        _output.Write("\u001b[?25h\u001b[?1049l");
        _output.Flush();
        _isOpen = false;
    }
}
