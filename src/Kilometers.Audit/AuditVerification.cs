namespace Kilometers.Audit;

/// <summary>What became of a verification. The zero value is not a verification at all.</summary>
public enum AuditOutcome
{
    /// <summary>Nothing is known: there is no log, or it cannot be read.</summary>
    NotVerified = 0,

    /// <summary>The log was changed, shortened, or is not safe from others.</summary>
    Damaged = 1,

    /// <summary>Every record is the one that was written, as far as <see cref="AuditVerifier"/> can tell.</summary>
    Intact = 2,
}

/// <summary>What a verification found.</summary>
public sealed record AuditVerification
{
    internal AuditVerification() { }

    /// <summary>The verdict.</summary>
    public AuditOutcome Outcome { get; internal init; }

    /// <summary>Which log: SHA-256 of its public key, as <see cref="AuditHead.Log"/>; null if there is no usable key.</summary>
    public string? Log { get; internal init; }

    /// <summary>How many lines there are, unreadable ones included, a torn end not.</summary>
    public long Records { get; internal init; }

    /// <summary>The first record's number; 0 if there is none.</summary>
    public long FirstSeq { get; internal init; }

    /// <summary>The last record's number; 0 if there is none.</summary>
    public long LastSeq { get; internal init; }

    /// <summary>When the first record was written; null if there is none.</summary>
    public DateTimeOffset? FirstTime { get; internal init; }

    /// <summary>When the last record was written; null if there is none.</summary>
    public DateTimeOffset? LastTime { get; internal init; }

    /// <summary>The number of the last record that a valid head vouches for; 0 if there is none. A crash may leave records after it.</summary>
    public long SignedThrough { get; internal init; }

    /// <summary>The number of the last record that a witness saw as it is; 0 if there is none.</summary>
    public long WitnessedThrough { get; internal init; }

    /// <summary>What is wrong, in the order of lines, then about the rest; the first 100.</summary>
    public IReadOnlyList<AuditFault> Faults { get; internal init; } = [];

    /// <summary>How many faults there are in all.</summary>
    public long FaultCount { get; internal init; }
}
