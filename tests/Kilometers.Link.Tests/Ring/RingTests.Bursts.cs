using CsCheck;
using Kilometers.Link.Ring;
using Xunit;

namespace Kilometers.Link.Tests.Ring;

/// <content>More traffic than the host takes.</content>
public sealed partial class RingTests
{
    private const int PieceSize = 64 * 1024;
    private const int Period = 241;

    [Fact]
    public void Next_BurstWasTaken_ItsMemoryIsGivenBack()
    {
        (_writer, _reader) = Open(maxMessage: 16 << 20);
        var lane = _writer[Channel.Inbound];
        Fill(lane, pieces: 100);
        Assert.True(lane.HoldsBurst);
        Assert.Equal(100L * PieceSize, TakeBytes());
        var room = lane.Next(100 * PieceSize);
        Assert.False(lane.HoldsBurst);
        Assert.False(room[(1 << 20)..].ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Abandon_NobodyWillLook_NothingIsKept()
    {
        (_writer, _reader) = Open(maxMessage: 16 << 20);
        var lane = _writer[Channel.Inbound];
        Fill(lane, pieces: 1);
        _writer.Abandon();
        Assert.True(lane.HoldsBurst);
        Fill(lane, pieces: 100);
        Assert.False(lane.HoldsBurst);
        Assert.Equal(PieceSize, _reader.TryTake(isClosing: true, out var seen) ? seen.Bytes.Length : -1);
        Assert.False(seen.Bytes.ContainsAnyExcept((byte)0));
        Assert.False(_reader.TryTake(isClosing: true, out _));
        Assert.Equal(101 * PieceSize, _reader.Forwarded(Channel.Inbound));
    }

    [Fact]
    public void CanWait_LittleUsedAndYoung_UntilEither()
    {
        (_writer, _reader) = Open(maxMessage: 1 << 20);
        var longest = TimeSpan.FromSeconds(2);
        Assert.True(_reader.CanWait(longest));
        Fill(_writer[Channel.Outbound], pieces: 3, at: _time.GetTimestamp());
        Assert.True(_reader.CanWait(longest));
        Assert.True(_reader.TryTake(isClosing: true, out _));
        Assert.True(_reader.TryTake(isClosing: true, out _));
        _writer[Channel.Outbound].End(_time.GetTimestamp());
        Assert.True(_reader.CanWait(longest));
        _time.Advance(longest * 2);
        Assert.False(_reader.CanWait(longest));
        TakeBytes();
        Assert.True(_reader.CanWait(longest));
        while (_reader.CanWait(longest))
            Fill(_writer[Channel.Outbound], pieces: 1, at: _time.GetTimestamp());
        while (_reader.TryTake(isClosing: true, out var seen))
            Assert.Equal(0, seen.Missed.Bytes);
    }

    [Fact]
    public void AnyTraffic_IsSeenInOrderOrTold()
    {
        // What is at each place of the stream: lines of a length that no two pieces begin alike.
        var stream = new byte[2 * PieceSize];
        for (var i = 0; i < stream.Length; i++)
            stream[i] = (byte)('\n' + (i % Period));
        var missed = 0L;
        // Seldom taken: more comes between than there is room for, in nearly every sample.
        Gen.Select(Gen.Int[1, 200_000], Gen.Int[1, 8].Select(turn => turn == 1))
            .List[1, 60]
            .Sample(
                steps =>
                {
                    using var ring = RingWriter.TryCreate(pieces: 256, room: 1 << 20, maxMessage: 1 << 30, () => { }, () => true)!;
                    using var reader = RingReader.TryOpen(Copy(ring.Ring), Copy(ring.Positions), _time)!;
                    var lane = ring[Channel.Outbound];
                    var (forwarded, observed, told, time) = (0L, 0L, 0L, 0L);
                    foreach (var (size, takes) in steps)
                    {
                        for (var left = size; left > 0; )
                        {
                            var room = lane.Next(Math.Min(left, PieceSize));
                            stream.AsSpan((int)(forwarded % Period), room.Length).CopyTo(room);
                            lane.Add(room, ++time);
                            forwarded += room.Length;
                            left -= room.Length;
                        }

                        if (takes)
                            Drain();
                    }

                    lane.End(++time);
                    Drain();
                    Assert.Equal(forwarded, observed + told);
                    missed += told;

                    void Drain()
                    {
                        while (reader.TryTake(isClosing: true, out var seen))
                        {
                            told += seen.Skipped + seen.Missed.Bytes;
                            var expected = stream.AsSpan((int)((observed + told) % Period), seen.Bytes.Length);
                            Assert.True(seen.Bytes.SequenceEqual(expected));
                            observed += seen.Bytes.Length;
                        }
                    }
                },
                iter: 60,
                threads: 1
            );
        Assert.True(missed > 0);
    }

    private static void Fill(LaneWriter lane, int pieces, long at = 1)
    {
        for (var i = 0; i < pieces; i++)
        {
            var room = lane.Next(PieceSize);
            room.Fill((byte)'\n');
            lane.Add(room, at);
        }
    }

    private long TakeBytes()
    {
        var bytes = 0L;
        while (_reader.TryTake(isClosing: true, out var seen))
            bytes += seen.Bytes.Length;
        return bytes;
    }
}
