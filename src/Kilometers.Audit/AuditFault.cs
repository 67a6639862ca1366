namespace Kilometers.Audit;

/// <summary>What is wrong with a log.</summary>
public enum AuditFaultKind
{
    /// <summary>A file cannot be read at all.</summary>
    NotReadable = 0,

    /// <summary>There is no log.</summary>
    LogMissing,

    /// <summary>A line's bytes are not those that the next record was chained to.</summary>
    EditedLine,

    /// <summary>A record does not have the number after that of the record before: lines were removed, added or moved.</summary>
    Gap,

    /// <summary>A line is not a record of the known form.</summary>
    InvalidLine,

    /// <summary>The last line has no end: no damage, as a crash leaves that, and the next record repairs it.</summary>
    TornEnd,

    /// <summary>The log ends before the record that its head names.</summary>
    Truncated,

    /// <summary>
    /// The log ends before the record that its head names, but not before the last one that was flushed to disk, and the machine was started
    /// since: no damage, as a loss of power does that. Somebody who cut the log off and then restarted the machine would leave the same.
    /// </summary>
    Lost,

    /// <summary>There are records but no head.</summary>
    HeadMissing,

    /// <summary>The head is not of the known form, or its signature is not valid.</summary>
    HeadInvalid,

    /// <summary>The record that the head names is another one in the log.</summary>
    HeadMismatch,

    /// <summary>The signature in a checkpoint's record is not valid.</summary>
    CheckpointInvalid,

    /// <summary>The public key is missing, not usable, or not the one of the private key.</summary>
    KeyInvalid,

    /// <summary>A file or the directory may be read or written by other users.</summary>
    WrongMode,

    /// <summary>A file or the directory belongs to another user.</summary>
    WrongOwner,

    /// <summary>A file or the directory is a symbolic link.</summary>
    Link,

    /// <summary>km itself found damage when it wrote this record, and recorded that.</summary>
    RecordedDamage,

    /// <summary>The head that was kept elsewhere is not usable: unreadable, or not signed with this log's key.</summary>
    CopyInvalid,

    /// <summary>The log is older than, or another one than, the head that was kept elsewhere.</summary>
    CopyMismatch,

    /// <summary>A witness saw the log with another record, with more records, or saw another log in its place.</summary>
    WitnessMismatch,
}

/// <summary>One thing that is wrong with a log.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Line">The line's number, from 1; null where it is about no single line.</param>
/// <param name="Detail">What was found, one sentence.</param>
public sealed record AuditFault(AuditFaultKind Kind, long? Line, string Detail)
{
    /// <summary>Whether the log is damaged by it.</summary>
    public bool IsDamage => Kind is not (AuditFaultKind.TornEnd or AuditFaultKind.Lost);
}
