namespace Kilometers.Audit;

/// <summary>
/// One thing to record. Texts are made single lines without control characters, cut to 200 characters (<see cref="Detail"/>: 2,000), and
/// keys of the form <c>km_live_ID_SECRET</c> lose their secret. No other secret is recognised: keeping them out is the caller's duty.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>How many facts a record has in <see cref="Data"/> at most.</summary>
    public const int MaxData = 50;

    /// <summary>What happened, like <c>plugin.installed</c>. Names beginning with <c>audit.</c> are the log's own.</summary>
    public required string Event { get; init; }

    /// <summary>What was decided; denied unless said.</summary>
    public AuditDecision Decision { get; init; }

    /// <summary>The plugin's name.</summary>
    public string? Plugin { get; init; }

    /// <summary>The plugin's version.</summary>
    public string? Version { get; init; }

    /// <summary>The SHA-256 digest of what it is about, hexadecimal digits.</summary>
    public string? Digest { get; init; }

    /// <summary>The error code that belongs to the decision.</summary>
    public string? Code { get; init; }

    /// <summary>Anything else, one line.</summary>
    public string? Detail { get; init; }

    /// <summary>More facts, by name, in this order; the first <see cref="MaxData"/> are kept.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>The monitoring session it happened in.</summary>
    public string? Session { get; init; }
}
