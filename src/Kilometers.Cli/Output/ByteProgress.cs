using System.Globalization;

namespace Kilometers.Cli.Output;

/// <summary>Shows how far a long reading is, on a terminal, once it takes longer than a moment.</summary>
internal sealed class ByteProgress : IProgress<long>, IDisposable
{
    private static readonly TimeSpan ShowAfter = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private const int MaxName = 80;
    private readonly StandardError _errors;
    private readonly string _what;
    private readonly long _total;
    private readonly TimeProvider _time;
    private readonly long _start;
    private long _shown;

    public ByteProgress(StandardError errors, string what, long total, TimeProvider time)
    {
        _errors = errors;
        _what = what;
        _total = Math.Max(total, 1);
        _time = time;
        _start = time.GetTimestamp();
    }

    public void Report(long value)
    {
        if (!_errors.IsTerminal || _time.GetElapsedTime(_start) < ShowAfter || (_shown != 0 && _time.GetElapsedTime(_shown) < Step))
            return;
        _shown = _time.GetTimestamp();
        _errors.Control(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\r{TerminalText.Line(_what, MaxName)} {Math.Min(100, value * 100 / _total)} % of {_total / 1e6:0.0} MB"
            )
        );
    }

    /// <summary>Takes the line back, before anything else is written.</summary>
    public void Dispose()
    {
        if (_shown != 0)
            _errors.Control("\r\u001b[K");
        _shown = 0;
    }
}
