using System.Text;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>What a plugin prints in one session, until it is sent with an acknowledgement. Safe to use from several threads.</summary>
internal sealed class SessionOutput : TextWriter
{
    /// <summary>The most that is sent at once; the host takes 1 MiB.</summary>
    public const int MaxPiece = 64 * 1024;

    /// <summary>A plugin that prints faster than the host takes waits after the message at which this is reached.</summary>
    private const int Full = 4 * MaxPiece;

    private readonly Lock _gate = new();
    private readonly Encoder _encoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetEncoder();
    private readonly MemoryStream _waiting = new();
    private int _taken;
    private TaskCompletionSource? _room;
    private bool _isClosed;

    public SessionOutput() => NewLine = "\n";

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Called when something was printed that nothing else sends soon.</summary>
    public Action Printed { get; set; } = () => { };

    /// <summary>Whether handlers run one after the other: what they print is sent with their acknowledgements.</summary>
    public bool IsSentSoon { get; set; }

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write($"{value}\n");

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            Span<byte> bytes = stackalloc byte[1024];
            var isDone = buffer.IsEmpty;
            while (!isDone)
            {
                _encoder.Convert(buffer, bytes, flush: false, out var used, out var made, out isDone);
                _waiting.Write(bytes[..made]);
                buffer = buffer[used..];
            }
        }

        if (!IsSentSoon)
            Printed();
    }

    /// <summary>The next piece to send; empty if there is none.</summary>
    public byte[] Take()
    {
        TaskCompletionSource? room = null;
        byte[] piece;
        lock (_gate)
        {
            var length = (int)Math.Min(_waiting.Length - _taken, MaxPiece);
            if (length == 0)
                return [];
            piece = _waiting.GetBuffer().AsSpan(_taken, length).ToArray();
            _taken += length;
            if (_taken == _waiting.Length)
            {
                _taken = 0;
                _waiting.SetLength(0);
                if (_waiting.Capacity > Full)
                    _waiting.Capacity = 0;
            }

            if (_waiting.Length - _taken < Full)
                (room, _room) = (_room, null);
        }

        room?.TrySetResult();
        return piece;
    }

    /// <summary>Waits while more was printed than the host has taken.</summary>
    public ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isClosed || _waiting.Length - _taken < Full)
                return ValueTask.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task.WaitAsync(cancellationToken));
        }
    }

    /// <summary>Nobody takes anything any more.</summary>
    public void End()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            _isClosed = true;
            (room, _room) = (_room, null);
        }

        room?.TrySetResult();
    }
}
