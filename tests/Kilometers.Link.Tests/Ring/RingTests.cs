using System.Runtime.InteropServices;
using System.Text;
using Kilometers.Link.Ring;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Kilometers.Link.Tests.Ring;

/// <summary>Both ends of a ring in one process, each with a mapping of its own.</summary>
public sealed partial class RingTests : IDisposable
{
    private const int Read = 4096;
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _seen = [];
    private RingWriter _writer;
    private RingReader _reader;
    private int _wakes;
    private bool _hasHost = true;

    public RingTests() => (_writer, _reader) = Open(maxMessage: 1 << 20);

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }

    [Fact]
    public void Add_Pieces_AreTakenInTheOrderInWhichTheyWereRead()
    {
        Forward(Channel.Inbound, "question", at: 1);
        Forward(Channel.Outbound, "answer", at: 2);
        Forward(Channel.Inbound, "next", at: 3);
        TakeAll();
        Assert.Equal(["Inbound question", "Outbound answer", "Inbound next"], _seen);
    }

    [Fact]
    public void TryTake_AnswerForwardedBeforeItsQuestion_WaitsForIt()
    {
        var question = _writer[Channel.Inbound];
        var room = question.Next(Read);
        var length = Encoding.UTF8.GetBytes("question", room);
        question.BeginForward(1);
        Forward(Channel.Outbound, "answer", at: 2);
        TakeAll();
        Assert.Empty(_seen);
        question.Add(room[..length], 1);
        TakeAll();
        Assert.Equal(["Inbound question", "Outbound answer"], _seen);
    }

    [Fact]
    public void TryTake_AForwardThatBlocks_DoesNotHoldTheOtherStreamForEver()
    {
        _ = _writer[Channel.Inbound].Next(Read);
        _writer[Channel.Inbound].BeginForward(1);
        Forward(Channel.Outbound, "answer", at: 2);
        TakeAll();
        _time.Advance(TimeSpan.FromMilliseconds(21));
        TakeAll();
        Assert.Equal(["Outbound answer"], _seen);
    }

    [Fact]
    public void Add_HostIsBehind_WhatDoesNotFitIsCountedAndToldInItsPlace()
    {
        var lane = _writer[Channel.Inbound];
        var (forwarded, isFull) = (0L, false);
        for (var i = 0; i < 3000; i++)
        {
            // 129 MB fit; a line per piece.
            var bytes = lane.Next(64 * 1024);
            bytes.Fill((byte)'x');
            bytes[^1] = (byte)'\n';
            lane.Add(bytes, i + 1);
            forwarded += bytes.Length;
        }

        var (observed, missed, lines) = (0L, 0L, 0L);
        while (_reader.TryTake(isClosing: true, out var seen))
        {
            observed += seen.Bytes.Length;
            isFull |= seen.Missed.Bytes > 0;
        }

        Assert.False(isFull);
        Forward(Channel.Inbound, "after\n", at: 9999);
        Assert.True(_reader.TryTake(isClosing: true, out var last));
        (missed, lines) = (last.Missed.Bytes, last.Missed.Lines);
        Assert.True(observed >= 128 << 20);
        Assert.Equal(forwarded, observed + missed);
        Assert.Equal(missed / (64 * 1024), lines);
        Assert.False(last.Missed.EndsInLine);
        Assert.Equal(forwarded + 6, _reader.Forwarded(Channel.Inbound));
    }

    [Theory]
    [InlineData(true, MissedBecause.HostWasBehind)]
    [InlineData(false, MissedBecause.NoHost)]
    public void Add_NothingFits_SaysWhyItWasMissed(bool hasHost, MissedBecause because)
    {
        _hasHost = hasHost;
        for (var i = 0; i < 10_000; i++)
            Forward(Channel.Inbound, "line\n", at: i + 1);
        while (_reader.TryTake(isClosing: true, out _)) { }

        Forward(Channel.Inbound, "after\n", at: 9999);
        Assert.True(_reader.TryTake(isClosing: true, out var last));
        Assert.True(last.Missed.Bytes > 0);
        Assert.Equal(because, last.Missed.Because);
    }

    [Fact]
    public void TakeOver_HostThatEndedWithinALineAndBeforeItsPlugins_LearnsBoth()
    {
        Forward(Channel.Inbound, "one\ntwo\nbeg", at: 1);
        Forward(Channel.Inbound, "un", at: 2);
        Forward(Channel.Outbound, "whole\n", at: 3);
        while (_reader.TryTake(isClosing: true, out _))
            _reader.Items += 4;
        _reader.NoteHandled(() => 7);

        using var next = Another();
        Span<long> lines = stackalloc long[3];
        Assert.Equal(5, next.TakeOver(lines));
        Assert.Equal([5, 0, 0], lines.ToArray());

        // As long as no plugin has handled what the second one says, a third one says it too.
        Forward(Channel.Inbound, "!\n", at: 4);
        while (next.TryTake(isClosing: true, out _))
            next.Items = 3;
        next.NoteHandled(() => 1);
        using var third = Another();
        Assert.Equal(7, third.TakeOver(lines));
        Assert.Equal([0, 0, 0], lines.ToArray());
        Assert.False(third.TryTake(isClosing: true, out _));

        third.Items = 2;
        Forward(Channel.Inbound, "x\n", at: 5);
        while (third.TryTake(isClosing: true, out _)) { }

        third.NoteHandled(() => ulong.MaxValue);
        using var last = Another();
        Assert.Equal(0, last.TakeOver(lines));
    }

    /// <summary>A host that is away for long misses nothing of this.</summary>
    [Fact]
    public void Add_LargeRing_KeepsManyPiecesAndMuchRoom()
    {
        _writer.Dispose();
        _reader.Dispose();
        (_writer, _reader) = Open(maxMessage: 1 << 20, isLarge: true);
        for (var i = 0; i < 50_000; i++)
            Forward(Channel.Inbound, $"line {i}\n", at: i + 1);
        for (var i = 0; i < 600; i++)
        {
            var room = _writer[Channel.Outbound].Next(64 * 1024);
            room.Fill((byte)'\n');
            _writer[Channel.Outbound].Add(room, 50_000 + i);
        }

        var (pieces, bytes) = (0, 0L);
        while (_reader.TryTake(isClosing: true, out var seen))
        {
            Assert.Equal(0, seen.Missed.Bytes);
            (pieces, bytes) = (pieces + 1, bytes + seen.Bytes.Length);
        }

        Assert.Equal((50_600, _reader.Forwarded(Channel.Inbound) + _reader.Forwarded(Channel.Outbound)), (pieces, bytes));
    }

    [Fact]
    public void TryOpen_MemoryThatIsNoSessions_IsRefused()
    {
        using var memory = SharedMemory.TryCreate(1 << 20, onlyHere: false)!;
        Assert.Null(RingReader.TryOpen(Copy(memory.Passed), Copy(_writer.Positions), _time));
    }

    [Fact]
    public void Add_MiddleOfAMessageAboveTheLimit_IsOnlyCounted()
    {
        (_writer, _reader) = Open(maxMessage: 10_000);
        var lane = _writer[Channel.Inbound];
        for (var i = 0; i < 10; i++)
        {
            var room = lane.Next(Read);
            room.Fill((byte)'x');
            lane.Add(room, i + 1);
        }

        Forward(Channel.Inbound, "end\n", at: 20);
        var (bytes, skipped) = (0L, 0L);
        while (_reader.TryTake(isClosing: true, out var seen))
            (bytes, skipped) = (bytes + seen.Bytes.Length, skipped + seen.Skipped);
        Assert.Equal((10 * Read) + 4, bytes + skipped);
        Assert.InRange(skipped, 6 * Read, 8 * Read);
    }

    [Fact]
    public void Add_HostSleeps_IsWokenOnce()
    {
        Assert.True(_reader.TryWait());
        Forward(Channel.Inbound, "a", at: 1);
        Forward(Channel.Inbound, "b", at: 2);
        Assert.Equal(1, _wakes);
        Assert.False(_reader.TryWait());
        TakeAll();
        Assert.True(_reader.TryWait());
    }

    [Fact]
    public void End_OfAStream_IsAPieceWithoutBytes()
    {
        Forward(Channel.Outbound, "last", at: 1);
        _writer[Channel.Outbound].End(2);
        TakeAll();
        Assert.Equal(["Outbound last", "Outbound "], _seen);
    }

    [Fact]
    public void TryOpen_AfterAnotherHost_ContinuesWhereItWas()
    {
        Forward(Channel.Inbound, "one", at: 1);
        TakeAll();
        Assert.True(_reader.IsEmpty || _reader.TryWait());
        Forward(Channel.Inbound, "two", at: 2);
        _reader.Dispose();
        _reader = RingReader.TryOpen(Copy(_writer.Ring), Copy(_writer.Positions), _time)!;
        TakeAll();
        Assert.Equal(["Inbound one", "Inbound two"], _seen);
    }

    [Fact]
    public unsafe void TryOpen_Ring_CannotBeWrittenByTheHost()
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(5, 1), "the kernel has no seal for later writers");
        Assert.Null(SharedMemory.TryOpen(Copy(_writer.Ring), canWrite: true));
    }

    [Fact]
    public void TryOpen_FileThatCouldShrink_IsRefused()
    {
        using var file = File.OpenHandle(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose);
        RandomAccess.SetLength(file, 1 << 20);
        Assert.Null(RingReader.TryOpen(Copy(file), Copy(_writer.Positions), _time));
    }

    [Fact]
    public void Skip_InTheMiddleOfALine_IsToldWithTheNextPieceAndCounted()
    {
        Forward(Channel.Outbound, "begin", at: 1);
        _writer[Channel.Outbound].Skip(5_000_000_000);
        Forward(Channel.Outbound, "\n", at: 1);
        Assert.True(_reader.TryTake(isClosing: false, out var begin));
        Assert.Equal(0, begin.Skipped);
        Assert.True(_reader.TryTake(isClosing: false, out var end));
        Assert.Equal(5_000_000_000, end.Skipped);
        Assert.Equal(5_000_000_006, _reader.Forwarded(Channel.Outbound));
    }

    private void Forward(Channel channel, string text, long at)
    {
        var lane = _writer[channel];
        var room = lane.Next(Read);
        var length = Encoding.UTF8.GetBytes(text, room);
        lane.BeginForward(at);
        lane.Add(room[..length], at);
    }

    private void TakeAll()
    {
        while (_reader.TryTake(isClosing: false, out var seen))
            _seen.Add($"{seen.Channel} {Encoding.UTF8.GetString(seen.Bytes)}");
    }

    /// <summary>As another host opens it.</summary>
    private RingReader Another() => RingReader.TryOpen(Copy(_writer.Ring), Copy(_writer.Positions), _time)!;

    private (RingWriter Writer, RingReader Reader) Open(long maxMessage, bool isLarge = false)
    {
        var writer = RingWriter.TryCreate(maxMessage, isLarge, () => _wakes++, () => _hasHost)!;
        return (writer, RingReader.TryOpen(Copy(writer.Ring), Copy(writer.Positions), _time)!);
    }

    /// <summary>As it comes to another process.</summary>
    private static SafeFileHandle Copy(SafeFileHandle handle) => new(Duplicate((int)handle.DangerousGetHandle()), ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);
}
