namespace Kilometers.Monitoring.Observation;

/// <summary>Bytes of one stream that were forwarded and not observed.</summary>
/// <param name="Bytes">How many.</param>
/// <param name="Lines">How many lines end in them.</param>
/// <param name="EndsInLine">Whether the last byte does not end a line, so that the rest of one follows.</param>
/// <param name="Reason">Why they were missed: a <see cref="DropReason"/>.</param>
public sealed record MissedBytes(long Bytes, long Lines, bool EndsInLine, string Reason);
