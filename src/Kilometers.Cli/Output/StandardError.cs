using System.Text;
using System.Threading.Channels;
using Kilometers.Contracts;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli.Output;

/// <summary>
/// km's own words, and what plugins print. Whole lines, written by a thread of its own: a client that does not read our standard error
/// delays nothing and loses only these lines, which are then counted.
/// </summary>
internal sealed class StandardError : IDisposable
{
    private const int MaxWaiting = 4096;
    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Thread _writer;
    private readonly Stream _stream;
    private readonly Func<int?> _columns;
    private readonly bool _isAscii;
    private long _lost;
    private long _writingSince;

    // Not disposed: the descriptor is the server's too, and stays open until the process ends.
    public StandardError()
        : this(Open(), !Console.IsErrorRedirected) { }

    internal StandardError(Stream stream, bool isTerminal)
        : this(stream, isTerminal, Environment.GetEnvironmentVariable, () => TerminalSize.Columns(2)) { }

    /// <param name="stream">Where it goes; each write has whole lines.</param>
    /// <param name="isTerminal">Whether that is a terminal.</param>
    /// <param name="variable">The environment that says how to write there.</param>
    /// <param name="columns">Its columns now; null where they are not known.</param>
    internal StandardError(Stream stream, bool isTerminal, Func<string, string?> variable, Func<int?> columns)
    {
        _stream = stream;
        _columns = columns;
        IsTerminal = isTerminal;
        Colors = IsTerminal && string.IsNullOrEmpty(variable("NO_COLOR")) && variable("TERM") != "dumb";
        _isAscii = TerminalText.IsAsciiOnly(isTerminal, variable);
        Glyphs = _isAscii ? Glyphs.Ascii : Glyphs.Unicode;
        _writer = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "standard error" };
        _writer.Start();
    }

    public bool IsTerminal { get; }

    /// <summary>
    /// How long the end waits for one line to be taken. A session's end must not wait for a client that does not read; a command that was
    /// typed has nothing else to say.
    /// </summary>
    public TimeSpan FlushLimit { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the end waits for the thread that writes, which a busy machine may not let run.</summary>
    private static readonly TimeSpan TurnLimit = TimeSpan.FromSeconds(1);

    /// <summary>Standard error of a command that is not a session.</summary>
    public static StandardError OfCommand() => new() { FlushLimit = TimeSpan.FromSeconds(5) };

    public Stream Stream => _stream;

    public bool Colors { get; }

    public Glyphs Glyphs { get; }

    /// <summary>Lines that nobody took in time.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Prints one line of km's own.</summary>
    public void WriteLine(string line) => Write(TerminalText.Line(line) + "\n");

    /// <summary>Prints a line that somebody else wrote: every row of it begins with the prefix. Colours pass where there are any.</summary>
    /// <param name="prefix">Says whose it is.</param>
    /// <param name="text">The line.</param>
    public void WriteLine(string prefix, string text)
    {
        var line = Colors ? TerminalText.Colored(text) : TerminalText.Line(text);
        int? room = Width is { } width ? Math.Max(20, width - prefix.Length) : null;
        Write(string.Concat(TerminalText.Fold(line, room).Select(row => $"{prefix}{row}\n")));
    }

    /// <summary>Shows text without ending the line: a question.</summary>
    public void Prompt(string text) => Write(TerminalText.Line(text));

    /// <summary>Moves the cursor, or takes back what was shown: text of km's own only.</summary>
    public void Control(string sequence) => Write(sequence);

    /// <summary>Prints an error: what happened, why, what to do next.</summary>
    /// <returns>The exit status that goes with its code.</returns>
    public int Report(KmError error)
    {
        Print(Glyphs.Failure, error);
        return ExitStatusOf(error.Code);
    }

    /// <summary>Prints an error that does not end the session.</summary>
    public void Warn(KmError error) => Print(Glyphs.Warning, error);

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        var limit = TurnLimit > FlushLimit ? TurnLimit : FlushLimit;
        for (var start = Environment.TickCount64; !_writer.Join(10) && Environment.TickCount64 - start < limit.TotalMilliseconds; )
        {
            if (Interlocked.Read(ref _writingSince) is > 0 and var since && Environment.TickCount64 - since >= FlushLimit.TotalMilliseconds)
                return;
        }
    }

    private void Print(string sign, KmError error)
    {
        WriteLine($"{sign} {error.Summary} [{error.Code}]");
        foreach (var line in (error.Detail ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            WriteLine("   ", line.TrimEnd('\r'));
        if (error.Hint is { } hint)
            WriteLine($"{Glyphs.Hint} {hint}");
    }

    private void Write(string text)
    {
        if (!_lines.Writer.TryWrite(Encoding.UTF8.GetBytes(_isAscii ? TerminalText.Ascii(text) : text)))
            Interlocked.Increment(ref _lost);
    }

    /// <summary>Columns of the terminal; null where it is not one, or not known.</summary>
    private int? Width => IsTerminal ? _columns() : null;

    private static Stream Open() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardError()
        : StandardStreams.WasClosed(2) ? Stream.Null
        : FileDescriptorStream.Standard(2);

    public static int ExitStatusOf(string code) =>
        code switch
        {
            ErrorCode.InvalidArguments => 2,
            ErrorCode.ServerNotFound => 127,
            ErrorCode.ServerNotExecutable or ErrorCode.ServerNotStarted => 126,
            ErrorCode.Internal => 70,
            _ => 1,
        };

    private void Run()
    {
        while (_lines.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_lines.Reader.TryRead(out var line))
            {
                Interlocked.Exchange(ref _writingSince, Environment.TickCount64);
                try
                {
                    _stream.Write(line);
                }
                catch (IOException)
                {
                    Interlocked.Increment(ref _lost);
                }

                Interlocked.Exchange(ref _writingSince, 0);
            }
        }
    }
}

/// <summary>The signs before a line, for terminals that show them and for those that cannot.</summary>
internal sealed record Glyphs(string Success, string Failure, string Warning, string Hint)
{
    public static Glyphs Unicode { get; } = new("✓", "❌", "⚠️ ", "💡");

    public static Glyphs Ascii { get; } = new("+", "Error:", "Warning:", "Hint:");
}
