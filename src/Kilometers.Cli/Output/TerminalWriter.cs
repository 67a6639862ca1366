using System.Text;

namespace Kilometers.Cli.Output;

/// <summary>Standard output of a command: what is written passes <see cref="TerminalText"/>, line by line.</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="isAscii">Whether only ASCII is printed.</param>
internal sealed class TerminalWriter(TextWriter inner, bool isAscii) : TextWriter
{
    /// <summary>The writer below, for control sequences of km's own.</summary>
    public TextWriter Inner { get; } = inner;

    public override Encoding Encoding => Inner.Encoding;

    /// <summary>Puts one in front of standard output.</summary>
    public static void Use()
    {
        if (Console.Out is TerminalWriter) return;
        Console.SetOut(new TerminalWriter(Console.Out, TerminalText.IsAsciiOnly(!Console.IsOutputRedirected)));
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        var end = value.IndexOf('\n');
        if (end < 0)
        {
            Inner.Write(Clean(value));
            return;
        }

        var start = 0;
        for (; end >= 0; end = value.IndexOf('\n', start))
        {
            Inner.Write(Clean(value[start..end].TrimEnd('\r')));
            Inner.Write('\n');
            start = end + 1;
        }

        if (start < value.Length) Inner.Write(Clean(value[start..]));
    }

    public override void WriteLine() => Inner.Write('\n');

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => Inner.Flush();

    /// <summary>Nothing is cut: JSON has long lines.</summary>
    private string Clean(string text)
    {
        var clean = TerminalText.Colored(text, int.MaxValue);
        return isAscii ? TerminalText.Ascii(clean) : clean;
    }
}
