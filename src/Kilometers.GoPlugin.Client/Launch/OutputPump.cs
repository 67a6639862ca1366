using System.Buffers;
using Kilometers.GoPlugin.Client.Logs;

namespace Kilometers.GoPlugin.Client.Launch;

/// <summary>How the first line of a plugin's standard output ended.</summary>
internal enum FirstLineEnd
{
    Unknown = 0,
    Newline,
    EndOfStream,
    TooLong,
}

/// <summary>
/// Reads a plugin's standard output to its end, on a thread of its own: first the handshake line, then what else is printed.
/// </summary>
internal sealed class OutputPump
{
    public const int MaximumLine = 64 * 1024;
    private readonly Stream _stream;
    private readonly Action<PluginOutputChannel, ReadOnlyMemory<byte>>? _output;
    private readonly TaskCompletionSource<(FirstLineEnd End, byte[] Line)> _firstLine = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ArrayBufferWriter<byte>? _line = new();

    public OutputPump(Stream stream, Action<PluginOutputChannel, ReadOnlyMemory<byte>>? output)
    {
        _stream = stream;
        _output = output;
    }

    /// <summary>The first line without its newline; never faults.</summary>
    public Task<(FirstLineEnd End, byte[] Line)> FirstLine => _firstLine.Task;

    /// <summary>Completes at the end of the stream; never faults.</summary>
    public Task Completed => _completed.Task;

    public void Start(string name) => new Thread(Run, PumpThread.StackSize) { IsBackground = true, Name = name }.Start();

    private void Run()
    {
        PumpThread.ReadToEnd(_stream, Take);
        EndLine(FirstLineEnd.EndOfStream);
        _completed.TrySetResult();
    }

    private void Take(ReadOnlyMemory<byte> chunk)
    {
        if (_line is not null)
        {
            var newline = chunk.Span.IndexOf((byte)'\n');
            _line.Write(newline < 0 ? chunk.Span : chunk.Span[..newline]);
            if (_line.WrittenCount > MaximumLine)
                EndLine(FirstLineEnd.TooLong);
            else if (newline >= 0)
                EndLine(FirstLineEnd.Newline);
            if (newline < 0)
                return;
            chunk = chunk[(newline + 1)..];
        }

        if (chunk.IsEmpty)
            return;
        try
        {
            _output?.Invoke(PluginOutputChannel.StandardOutput, chunk);
        }
        catch (Exception)
        {
            // The caller's trouble with one piece must not stop the pipe; the option's documentation says so.
        }
    }

    private void EndLine(FirstLineEnd end)
    {
        if (_line is null)
            return;
        _firstLine.TrySetResult((end, _line.WrittenSpan.ToArray()));
        _line = null;
    }
}
