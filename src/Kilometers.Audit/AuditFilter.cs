using Kilometers.Contracts;

namespace Kilometers.Audit;

/// <summary>Which entries to read; null members let everything through. Unreadable lines pass every filter: nobody knows what they were.</summary>
public sealed record AuditFilter
{
    /// <summary>The earliest time, included.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The latest time, not included.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The event's name; <c>*</c> stands for any characters, as in <c>plugin.*</c>.</summary>
    public string? Event { get; init; }

    /// <summary>The plugin's exact name.</summary>
    public string? Plugin { get; init; }

    /// <summary>The decision.</summary>
    public AuditDecision? Decision { get; init; }

    /// <summary>The exact error code.</summary>
    public string? Code { get; init; }

    /// <summary>How many of the newest that pass the rest to give, 1 or more. The log is then read from its end, and no further than needed.</summary>
    public int? Tail { get; init; }

    internal bool Passes(AuditEntry entry) =>
        !entry.IsReadable
        || (
            (Since is null || entry.Time >= Since)
            && (Until is null || entry.Time < Until)
            && (Event is null || MethodGlob.Matches(Event, entry.Event))
            && (Plugin is null || entry.Plugin == Plugin)
            && (Decision is null || entry.Decision == Decision)
            && (Code is null || entry.Code == Code)
        );
}
