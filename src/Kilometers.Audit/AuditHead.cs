namespace Kilometers.Audit;

/// <summary>Where a log stood, as somebody outside may keep it.</summary>
/// <param name="Log">Which log: SHA-256 of its public key, lower-case hexadecimal digits.</param>
/// <param name="Seq">The number of its last record that was flushed to disk, 1 or more.</param>
/// <param name="Hash">SHA-256 of that record, lower-case hexadecimal digits.</param>
public sealed record AuditHead(string Log, long Seq, string Hash);
