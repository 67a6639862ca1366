using Kilometers.Link.Holding;
using Kilometers.Link.Ring;

namespace Kilometers.Relay.Relay;

/// <summary>
/// The client's direction where policy has requests held: reads lines, and asks the host about each that may be meant before it forwards it.
/// What comes behind such a line waits; the other direction does not. Every other line passes at once, and no byte of any line is changed.
/// </summary>
/// <param name="source">What the client writes.</param>
/// <param name="target">What the server reads.</param>
/// <param name="client">Gets the answers to what is stopped.</param>
/// <param name="holds">Asks the host.</param>
/// <param name="lane">Shows the host what passed, and what did not; null: nobody looks.</param>
/// <param name="time">The clock.</param>
internal sealed class HoldingPump(
    Stream source,
    Stream target,
    AnsweredOutput client,
    HoldChannel holds,
    LaneWriter? lane,
    TimeProvider time
) : IPump
{
    private const int MaxRead = 64 * 1024;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new();

    /// <summary>Bytes in the room: the beginning of a line whose end has not come yet.</summary>
    private int _length;

    /// <summary>What happens to the rest of a line that is too large to be held; null: there is none.</summary>
    private HoldDecision? _rest;

    public Task Finished => _finished.Task;

    public void Prepare() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = "client to server" }.Start();

    public void Release() => _released.SetResult();

    private void Run()
    {
        _released.Task.Wait();
        try
        {
            while (Read() is > 0 and var count)
            {
                var scanned = _length;
                _length += count;
                PassLines(scanned);
                if (_length == holds.Room.Length)
                    PassTooLarge();
            }

            // A last line without its end is one, too.
            if (_length > 0)
                PassLine(0, _length);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client hung up, or the server no longer reads.
        }
        finally
        {
            Pump.Close(target);
            Pump.Close(source);
            lane?.End(time.GetTimestamp());
            holds.Dispose();
            _finished.TrySetResult();
        }
    }

    private int Read() => source.Read(holds.Room.Slice(_length, Math.Min(MaxRead, holds.Room.Length - _length)));

    /// <summary>Deals with all whole lines that are there, and keeps the beginning of the next one.</summary>
    /// <param name="scanned">Where the bytes begin that are new: before them there is no newline.</param>
    private void PassLines(int scanned)
    {
        var (passed, start) = (0, 0);
        while (holds.Room[scanned.._length].IndexOf((byte)'\n') is >= 0 and var found)
        {
            var end = scanned + found + 1;
            if (_rest is not null || holds.Find(holds.Room[start..end]).Count > 0)
            {
                Forward(holds.Room[passed..start]);
                PassLine(start, end);
                passed = end;
            }

            start = scanned = end;
        }

        Forward(holds.Room[passed..start]);
        holds.Room[start.._length].CopyTo(holds.Room);
        if (start > 0)
            holds.GiveBack(_length);
        _length -= start;
    }

    private void PassLine(int start, int end)
    {
        var line = holds.Room[start..end];
        if (_rest is { } decided)
        {
            _rest = null;
            Settle(line, decided, isBegin: false);
        }
        else if (holds.Find(line) is { Count: > 0 } rules)
            Settle(line, holds.Ask(rules, start, end - start));
        else
            Forward(line);
    }

    /// <summary>The room is full of one line: what becomes of it is decided now, because its end cannot be waited for.</summary>
    private void PassTooLarge()
    {
        var decision = _rest ?? holds.DecideTooLarge(holds.Room);
        Settle(holds.Room, decision, isBegin: _rest is null, isEnd: false);
        _rest = decision;
        holds.GiveBack(_length);
        _length = 0;
    }

    private void Settle(ReadOnlySpan<byte> line, HoldDecision decision, bool isBegin = true, bool isEnd = true)
    {
        if (decision.Passes)
        {
            Forward(line);
            return;
        }

        if (isBegin && decision.Answer.Length > 0)
            client.Answer(decision.Answer);
        var now = time.GetTimestamp();
        lane?.Show(line, now, PieceFate.Stopped);
        if (!isEnd)
            return;
        if (line[^1] != '\n')
            lane?.Show("\n"u8, now, PieceFate.Stopped);
        lane?.Show(decision.Answer, now, PieceFate.Answer);
    }

    private void Forward(ReadOnlySpan<byte> lines)
    {
        if (lines.IsEmpty)
            return;
        var now = time.GetTimestamp();
        lane?.BeginForward(now);
        target.Write(lines);
        lane?.Show(lines, now, PieceFate.Forwarded);
    }
}
