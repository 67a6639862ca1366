using System.Text;

namespace Kilometers.Cli.Output;

/// <summary>Standard output of a command: what is written passes <see cref="TerminalText"/>, line by line.</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="isAscii">Whether only ASCII is printed.</param>
internal sealed class TerminalWriter(TextWriter inner, bool isAscii) : TextWriter
{
    private static TextWriter? Original { get; set; }

    /// <summary>Standard output below the one in front of it, for control sequences of km's own.</summary>
    public static TextWriter Below => Original ?? Console.Out;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts one in front of standard output. Console wraps what it is given, so what is below is kept here.</summary>
    public static void Use()
    {
        if (Original is not null)
            return;
        Original = Console.Out;
        Console.SetOut(new TerminalWriter(Original, TerminalText.IsAsciiOnly(!Console.IsOutputRedirected)));
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        var end = value.IndexOf('\n');
        if (end < 0)
        {
            inner.Write(Clean(value));
            return;
        }

        var start = 0;
        for (; end >= 0; end = value.IndexOf('\n', start))
        {
            inner.Write(Clean(value[start..end].TrimEnd('\r')));
            inner.Write('\n');
            start = end + 1;
        }

        if (start < value.Length)
            inner.Write(Clean(value[start..]));
    }

    public override void WriteLine() => inner.Write('\n');

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Flush() => inner.Flush();

    /// <summary>Nothing is cut: JSON has long lines.</summary>
    private string Clean(string text)
    {
        var clean = TerminalText.Colored(text, int.MaxValue);
        return isAscii ? TerminalText.Ascii(clean) : clean;
    }
}
