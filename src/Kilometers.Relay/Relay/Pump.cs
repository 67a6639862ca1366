using Kilometers.Link.Ring;
using Kilometers.Processes.Unix;

namespace Kilometers.Relay.Relay;

/// <summary>One direction: read, forward, leave it for the host. A thread of its own with blocking calls, which is the fastest and simplest way there is.</summary>
internal sealed class Pump : IPump
{
    // As much as a pipe holds by default; more would only wait for more.
    private const int MaxRead = 64 * 1024;

    // PIPE_BUF: standard error is shared with km's own words, and a write of that size is never torn by another.
    private const int MaxSharedRead = 4096;

    // As much as the pipe of a child holds at most (Pipe.cs): what a process wrote before it ended is no more than that.
    private const int MaxInPipe = 1024 * 1024;

    // Milliseconds after which a pump that has nothing to read looks whether the host has taken what a burst left.
    private const int BurstCheckInterval = 100;

    // EPIPE, on every Unix.
    private const int BrokenPipe = 32;
    private readonly string _name;
    private readonly Stream _source;
    private readonly Stream _target;
    private readonly bool _closeTarget;
    private readonly LaneWriter? _lane;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _maxRead;
    private readonly TaskCompletionSource _released = new();
    private long _readingSince;
    private long _writingSince;
    private volatile bool _stop;

    public Pump(string name, Stream source, Stream target, bool closeTarget, LaneWriter? lane, TimeProvider time)
    {
        _name = name;
        _source = source;
        _target = target;
        _closeTarget = closeTarget;
        _lane = lane;
        _time = time;
        _maxRead = closeTarget ? MaxRead : MaxSharedRead;
    }

    /// <summary>Completes when the source has ended or the target is gone.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Why a write failed, unless it did because nobody reads any more; null if none did.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>Has the pump's thread started. It touches neither stream before <see cref="Release"/>.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for a thread.</exception>
    public void Prepare() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = _name }.Start();

    public void Release() => _released.SetResult();

    /// <summary>What is in the pipe now is still passed on; what somebody goes on writing is not.</summary>
    public void StopAfterWhatIsThere() => _stop = true;

    /// <summary>Whether all bytes that were there have been passed on: the end was reached, or the source has been empty for a while.</summary>
    public bool IsDrained(TimeSpan quiet)
    {
        if (_finished.Task.IsCompleted)
            return true;
        var since = Volatile.Read(ref _readingSince);
        return since != 0 && (_stop || _time.GetElapsedTime(since) >= quiet) && !IsReadable();
    }

    /// <summary>Whether the reader has taken nothing for so long.</summary>
    public bool IsStuck(TimeSpan time)
    {
        var since = Volatile.Read(ref _writingSince);
        return since != 0 && _time.GetElapsedTime(since) >= time;
    }

    private void Run()
    {
        _released.Task.Wait();
        var unobserved = _lane is null ? new byte[_maxRead] : [];
        var left = MaxInPipe;
        try
        {
            while (!_stop || (left > 0 && IsReadable()))
            {
                var room = _lane is null ? unobserved : _lane.Next(_maxRead);
                if (_readingSince == 0)
                    Volatile.Write(ref _readingSince, _time.GetTimestamp());
                if (_lane is { HoldsBurst: true } && _source is FileDescriptorStream && !IsReadable(BurstCheckInterval))
                    continue;
                var count = Read(room);
                var now = _time.GetTimestamp();
                Volatile.Write(ref _readingSince, 0);
                if (count == 0)
                    break;
                if (_stop)
                    left -= count;

                _lane?.BeginForward(now);
                Volatile.Write(ref _writingSince, now);
                if (!TryWrite(room[..count]))
                    break;
                Volatile.Write(ref _writingSince, 0);
                _lane?.Add(room[..count], now);
            }
        }
        finally
        {
            // Pass the end on: EOF to the reader; a broken pipe to the writer.
            if (_closeTarget)
                Close(_target);
            Close(_source);
            _lane?.End(_time.GetTimestamp());
            _finished.TrySetResult();
        }
    }

    private bool IsReadable(int milliseconds = 0)
    {
        try
        {
            return _source is FileDescriptorStream source && source.WaitReadable(milliseconds);
        }
        catch (ObjectDisposedException)
        {
            // The pump itself closed it just now, and is about to say that it has finished.
            return true;
        }
    }

    private int Read(Span<byte> buffer)
    {
        try
        {
            return _source.Read(buffer);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // A terminal that hung up, a reset socket: the source has ended.
            return 0;
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _target.Write(bytes);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            if (e is IOException { HResult: not BrokenPipe } failure)
                Failure = failure;
            return false;
        }
    }

    /// <summary>Passes the end on, whatever the other end does.</summary>
    internal static void Close(Stream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // Nothing is buffered in these streams, so nothing can be lost here.
        }
    }
}
