using Kilometers.Monitoring.Relay;

namespace Kilometers.Monitoring.Observation;

/// <summary>Some bytes of one stream, or its end.</summary>
/// <param name="Channel">The stream.</param>
/// <param name="Chunk">Holds the bytes; null at the end of the stream.</param>
/// <param name="Offset">Where they start.</param>
/// <param name="Length">How many.</param>
/// <param name="Timestamp">When they were read.</param>
public readonly record struct Piece(Channel Channel, Chunk? Chunk, int Offset, int Length, long Timestamp)
{
    /// <summary>What a piece counts beside its bytes.</summary>
    public const int Overhead = 64;

    /// <summary>What was missed of this stream right before these bytes; null if nothing was.</summary>
    public MissedBytes? Gap { get; init; }

    /// <summary>How many bytes before these, all of the same line, are only known by their number.</summary>
    public long Skipped { get; init; }

    /// <summary>The bytes; none at the end of the stream.</summary>
    public ReadOnlySpan<byte> Bytes => Chunk is null ? [] : Chunk.Bytes.Slice(Offset, Length);

    internal int Weight => Length + Overhead;
}

/// <summary>Bytes of one stream that were forwarded and not observed.</summary>
/// <param name="Bytes">How many.</param>
/// <param name="Lines">How many lines end in them.</param>
/// <param name="EndsInLine">Whether the last byte does not end a line, so that the rest of one follows.</param>
/// <param name="Reason">Why they were missed: a <see cref="DropReason"/>.</param>
public sealed record MissedBytes(long Bytes, long Lines, bool EndsInLine, string Reason)
{
    /// <summary>These and the ones that follow.</summary>
    /// <param name="next">Those.</param>
    public MissedBytes With(MissedBytes next) =>
        new(Bytes + next.Bytes, Lines + next.Lines, next.EndsInLine, DropReason.Both(Reason, next.Reason));
}
