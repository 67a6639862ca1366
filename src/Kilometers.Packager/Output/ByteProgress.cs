using System.Globalization;

namespace Kilometers.Packager.Output;

/// <summary>Says on a terminal how far something is that takes longer than a second, and takes it back at its end.</summary>
internal sealed class ByteProgress(string what, long total, TimeProvider time, TextWriter? terminal) : IProgress<long>, IDisposable
{
    private static readonly TimeSpan ShowAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _last;
    private int _width;

    /// <param name="what">What is done, like <c>Verifying</c>.</param>
    /// <param name="total">The bytes there are.</param>
    /// <param name="time">The clock.</param>
    public static ByteProgress ToTerminal(string what, long total, TimeProvider time) =>
        new(what, total, time, Console.IsErrorRedirected ? null : Console.Error);

    public void Report(long value)
    {
        if (terminal is null)
            return;
        var elapsed = time.GetElapsedTime(_start);
        if (elapsed < ShowAfter || elapsed - _last < Pause)
            return;
        _last = elapsed;
        var line = string.Create(CultureInfo.InvariantCulture, $"{what} {(total > 0 ? Math.Min(100, value * 100 / total) : 100)}%");
        terminal.Write($"\r{line.PadRight(_width)}");
        _width = line.Length;
    }

    public void Dispose()
    {
        if (_width > 0)
            terminal!.Write($"\r{new string(' ', _width)}\r");
    }
}
