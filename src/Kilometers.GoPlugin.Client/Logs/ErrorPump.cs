namespace Kilometers.GoPlugin.Client.Logs;

/// <summary>Reads a plugin's standard error to its end, on a thread of its own: a pipe that nobody reads freezes the plugin.</summary>
internal sealed class ErrorPump
{
    private const int KeptLines = 20;
    private const int KeptCharacters = 2000;
    private readonly Stream _stream;
    private readonly Action<PluginLogEntry>? _log;
    private readonly LogLineParser _parser = new();
    private readonly Queue<string> _last = new(KeptLines);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ErrorPump(Stream stream, Action<PluginLogEntry>? log)
    {
        _stream = stream;
        _log = log;
    }

    /// <summary>Completes at the end of the stream; never faults.</summary>
    public Task Completed => _completed.Task;

    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_last)
                return [.. _last];
        }
    }

    public void Start(string name) => new Thread(Run, PumpThread.StackSize) { IsBackground = true, Name = name }.Start();

    private void Run()
    {
        var lines = new LineSplitter(TakeLine);
        PumpThread.ReadToEnd(_stream, chunk => lines.Feed(chunk.Span));
        lines.Complete();
        _completed.TrySetResult();
    }

    private void TakeLine(ReadOnlySpan<byte> line, long bytesLeftOut)
    {
        var entry = _parser.Parse(line) with { BytesLeftOut = bytesLeftOut };
        lock (_last)
        {
            if (_last.Count == KeptLines)
                _last.Dequeue();
            _last.Enqueue(PrintableText.From(entry.RawLine, KeptCharacters));
        }

        try
        {
            _log?.Invoke(entry);
        }
        catch (Exception)
        {
            // The caller's trouble with one line must not stop the pipe; the option's documentation says so.
        }
    }
}
