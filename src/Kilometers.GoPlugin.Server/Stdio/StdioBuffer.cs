using System.Buffers;
using System.Globalization;
using System.Text;

namespace Kilometers.GoPlugin.Server.Stdio;

/// <summary>
/// What the plugin printed and the host has not read. Writers wait for a reader that makes progress, and only so long: a host that
/// does not read costs output, never the plugin. What was dropped is said where it was dropped.
/// </summary>
/// <param name="capacity">The most bytes kept, both streams together.</param>
/// <param name="patience">How long a writer waits for room while a reader is attached.</param>
internal sealed class StdioBuffer(int capacity, TimeSpan patience)
{
    /// <summary>One chunk of a stream; well below the 4 MiB a Go host receives by default.</summary>
    private const int MaxChunk = 64 * 1024;

    private readonly object _gate = new();
    private readonly ArrayBufferWriter<byte>[] _pending = [new(), new()];
    private readonly int[] _taken = new int[2];
    private TaskCompletionSource? _waiting;
    private long _dropped;
    private bool _attached;
    private bool _stalled;
    private bool _completed;

    public void Write(StdioChannel channel, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            while (!data.IsEmpty && !_completed)
            {
                var room = capacity - Count;
                if (room <= 0)
                {
                    // Monitor has no TimeProvider; a writer's patience is real time by nature.
                    if (_attached && !_stalled && Monitor.Wait(_gate, patience))
                        continue;
                    _stalled = true;
                    _dropped += data.Length;
                    return;
                }
                var part = data[..Math.Min(room, data.Length)];
                _pending[(int)channel].Write(part);
                data = data[part.Length..];
                Wake();
            }
        }
    }

    /// <summary>Waits for output and takes up to 64 KiB of one stream; null when the buffer is completed and empty.</summary>
    public async ValueTask<(StdioChannel Channel, byte[] Data)?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task waiting;
            lock (_gate)
            {
                _attached = true;
                if (Take() is { } chunk)
                    return chunk;
                if (_completed)
                    return null;
                _waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = _waiting.Task;
            }
            await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The reader is gone: writers no longer wait for it.</summary>
    public void Detach()
    {
        lock (_gate)
        {
            _attached = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Nothing more is taken in; readers get the rest, then the end.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
            Wake();
        }
    }

    private int Count => _pending[0].WrittenCount - _taken[0] + _pending[1].WrittenCount - _taken[1];

    private (StdioChannel Channel, byte[] Data)? Take()
    {
        for (var index = 0; index < _pending.Length; index++)
        {
            var rest = _pending[index].WrittenSpan[_taken[index]..];
            if (rest.IsEmpty)
                continue;
            var data = rest[..Math.Min(rest.Length, MaxChunk)].ToArray();
            _taken[index] += data.Length;
            if (_taken[index] == _pending[index].WrittenCount)
            {
                _pending[index].ResetWrittenCount();
                _taken[index] = 0;
            }
            _stalled = false;
            Monitor.PulseAll(_gate);
            return ((StdioChannel)index, data);
        }
        if (_dropped == 0)
            return null;
        var note = string.Create(
            CultureInfo.InvariantCulture,
            $"\n[{_dropped} bytes of the plugin's output were dropped: the host did not read them in time]\n"
        );
        _dropped = 0;
        return (StdioChannel.Error, Encoding.ASCII.GetBytes(note));
    }

    private void Wake()
    {
        _waiting?.TrySetResult();
        _waiting = null;
    }
}
