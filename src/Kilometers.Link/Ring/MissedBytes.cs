namespace Kilometers.Link.Ring;

/// <summary>Bytes of one stream that were forwarded and not observed.</summary>
/// <param name="Bytes">How many; 0: none were missed.</param>
/// <param name="Lines">How many lines end in them.</param>
/// <param name="EndsInLine">Whether the last byte does not end a line, so that the rest of one follows.</param>
/// <param name="Because">Why, also where only the middle of a line was missed (<see cref="SeenBytes.Skipped"/>).</param>
public readonly record struct MissedBytes(long Bytes, long Lines, bool EndsInLine, MissedBecause Because = MissedBecause.HostWasBehind);
