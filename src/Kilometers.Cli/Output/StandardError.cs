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
    private const int MostWaiting = 4096;
    private static readonly TimeSpan FlushLimit = TimeSpan.FromMilliseconds(250);
    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Thread _writer;
    private readonly Stream _stream;
    private long _lost;

    // Not disposed: the descriptor is the server's too, and stays open until the process ends.
    public StandardError()
        : this(OperatingSystem.IsWindows() ? Console.OpenStandardError() : FileDescriptorStream.Standard(2), !Console.IsErrorRedirected)
    {
    }

    internal StandardError(Stream stream, bool isTerminal)
    {
        _stream = stream;
        IsTerminal = isTerminal;
        Colors = IsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";
        Glyphs = IsTerminal && !LocaleIsUtf8() ? Glyphs.Ascii : Glyphs.Unicode;
        _writer = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "standard error" };
        _writer.Start();
    }

    public bool IsTerminal { get; }

    public bool Colors { get; }

    public Glyphs Glyphs { get; }

    /// <summary>Lines that nobody took in time.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public Stream Stream => _stream;

    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Shows text without ending the line: a question, or how far something is.</summary>
    public void Prompt(string text) => Write(Encoding.UTF8.GetBytes(text));

    public void Write(byte[] wholeLines)
    {
        if (!_lines.Writer.TryWrite(wholeLines)) Interlocked.Increment(ref _lost);
    }

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
        _writer.Join(FlushLimit);
    }

    private void Print(string sign, KmError error)
    {
        WriteLine($"{sign} {error.Summary} [{error.Code}]");
        foreach (var line in (error.Detail ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)) WriteLine($"   {line}");
        if (error.Hint is { } hint) WriteLine($"{Glyphs.Hint} {hint}");
    }

    private static int ExitStatusOf(string code) => code switch
    {
        ErrorCode.InvalidArguments => 2,
        ErrorCode.ServerNotFound => 127,
        ErrorCode.ServerNotExecutable or ErrorCode.ServerNotStarted => 126,
        ErrorCode.Internal => 70,
        _ => 1,
    };

    internal static bool LocaleIsUtf8()
    {
        var locale = Variable("LC_ALL") ?? Variable("LC_CTYPE") ?? Variable("LANG") ?? "";
        return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private void Run()
    {
        while (_lines.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_lines.Reader.TryRead(out var line))
            {
                try
                {
                    _stream.Write(line);
                }
                catch (IOException)
                {
                    Interlocked.Increment(ref _lost);
                }
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
