namespace Kilometers.Audit;

/// <summary>One line of the log as it was read; nothing about it is verified. Its texts are as clean as those of an <see cref="AuditRecord"/>.</summary>
public sealed record AuditEntry
{
    /// <summary>Whether the line is a record of the known form. If not, only <see cref="Json"/> says anything.</summary>
    public bool IsReadable { get; init; }

    /// <summary>The record's number, from 1.</summary>
    public long Seq { get; init; }

    /// <summary>When it was written, in UTC with milliseconds, by the clock of that time.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>What happened.</summary>
    public string Event { get; init; } = "";

    /// <summary>What was decided.</summary>
    public AuditDecision Decision { get; init; }

    /// <summary>The plugin's name.</summary>
    public string? Plugin { get; init; }

    /// <summary>The plugin's version.</summary>
    public string? Version { get; init; }

    /// <summary>The SHA-256 digest of what it is about, hexadecimal digits.</summary>
    public string? Digest { get; init; }

    /// <summary>The error code that belongs to the decision.</summary>
    public string? Code { get; init; }

    /// <summary>Anything else.</summary>
    public string? Detail { get; init; }

    /// <summary>More facts, by name; null if there are none.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>The monitoring session it happened in.</summary>
    public string? Session { get; init; }

    /// <summary>The operating system's user that wrote it, such as <c>alice (1000)</c>; null in records of older versions.</summary>
    public string? User { get; init; }

    /// <summary>The process that wrote it.</summary>
    public int Pid { get; init; }

    /// <summary>SHA-256 of the whole line: what the next record is chained to. Lower-case hexadecimal digits.</summary>
    public string Hash { get; init; } = "";

    /// <summary>The whole line, without its newline, exactly as it stands there: it may hold anything, control characters too.</summary>
    public required string Json { get; init; }
}
