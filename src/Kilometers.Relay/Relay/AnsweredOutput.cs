using System.Collections.Concurrent;

namespace Kilometers.Relay.Relay;

/// <summary>
/// The client's end where policy has requests held: what the server writes, and between two of its lines the answers to requests that it never
/// saw. Nobody waits for the other longer than for a write: an answer that finds the output in use, or in the middle of a line, is left for
/// the thread that writes there.
/// </summary>
/// <param name="client">What the client reads.</param>
internal sealed class AnsweredOutput(Stream client) : Stream
{
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<byte[]> _answers = new();
    private bool _isInLine;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Answers a request, as soon as the server's line is at its end. On the other direction's thread.</summary>
    /// <param name="answer">Whole lines.</param>
    public void Answer(byte[] answer)
    {
        _answers.Enqueue(answer);
        try
        {
            WriteAnswers();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody reads any more: the server's own words will find that out, too.
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            if (!_answers.IsEmpty && buffer.LastIndexOf((byte)'\n') is >= 0 and var end)
            {
                Pass(buffer[..(end + 1)]);
                WriteAll();
                buffer = buffer[(end + 1)..];
            }

            if (!buffer.IsEmpty)
                Pass(buffer);
        }

        WriteAnswers();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            client.Dispose();
        base.Dispose(disposing);
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        client.Write(bytes);
        _isInLine = bytes[^1] != '\n';
    }

    /// <summary>The thread that has the output looks once more when it is free, so that an answer that came meanwhile does not stay behind.</summary>
    private void WriteAnswers()
    {
        while (!_answers.IsEmpty && _gate.TryEnter())
        {
            try
            {
                if (_isInLine)
                    return;
                WriteAll();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    private void WriteAll()
    {
        while (_answers.TryDequeue(out var answer))
            client.Write(answer);
    }
}
