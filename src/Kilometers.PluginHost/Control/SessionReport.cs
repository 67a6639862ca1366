using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>One running <c>km monitor</c> as it shows itself; also its JSON in <c>km plugins status --json</c>.</summary>
internal sealed record SessionReport
{
    /// <summary>The process of km.</summary>
    public required int Pid { get; init; }

    /// <summary>The session's identifier, as in the audit log.</summary>
    public required string Session { get; init; }

    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>The version of the km that runs it.</summary>
    public required string KmVersion { get; init; }

    /// <summary>Null where no plugin needed one, or it is not known yet.</summary>
    public EntitlementReport? Entitlement { get; init; }

    /// <summary>How often the entitlement was decided about, and how often without asking the API.</summary>
    public required EntitlementDecisions Decisions { get; init; }

    public required IReadOnlyList<PluginReport> Plugins { get; init; }
}

/// <summary>The state of the user's entitlement in a session.</summary>
internal sealed record EntitlementReport
{
    /// <summary><c>fresh</c>, <c>stale</c>, <c>grace</c> or <c>denied</c>.</summary>
    public required string State { get; init; }

    /// <summary>What plugins may require now.</summary>
    public required string Tier { get; init; }

    /// <summary>Until when it holds if the API stays silent.</summary>
    public DateTimeOffset? HoldsUntil { get; init; }

    /// <summary>Why it is denied or not fresh.</summary>
    public KmError? Error { get; init; }
}

/// <summary>What was decided by the entitlement, apart for loads and for messages: a session has few of the ones and many of the others.</summary>
internal sealed record EntitlementDecisions
{
    /// <summary>Whether a plugin may run: at its start and at every look at the subscription.</summary>
    public required DecisionCount Loads { get; init; }

    /// <summary>Whether it gets a message.</summary>
    public required DecisionCount Messages { get; init; }
}

/// <summary>How many decisions there were, and how many of them did not wait for the API.</summary>
internal sealed record DecisionCount
{
    public required long All { get; init; }

    public required long Cached { get; init; }

    /// <summary>0 to 1; null while there was none.</summary>
    public double? HitRate => All == 0 ? null : (double)Cached / All;
}
