using Kilometers.Rules.Matching;

namespace Kilometers.Rules;

/// <summary>How much a violation matters.</summary>
public enum RuleSeverity
{
    /// <summary>Worth knowing.</summary>
    Low,

    /// <summary>Look at it.</summary>
    Medium,

    /// <summary>Stop and look at it.</summary>
    High,
}

/// <summary>What is to happen to a request that violates a rule.</summary>
public enum RuleAction
{
    /// <summary>It is reported.</summary>
    Report,

    /// <summary>It is stopped where guard may stop requests, and reported elsewhere.</summary>
    Deny,
}

/// <summary>
/// What is forbidden: a request for which <see cref="When"/> holds, unless <see cref="Unless"/> holds as well. With a <see cref="Rate"/>,
/// only what exceeds it.
/// </summary>
public sealed record Rule
{
    /// <summary>The name, unique in its file.</summary>
    public required string Name { get; init; }

    /// <summary>Why the rule exists; shown with a violation.</summary>
    public string? Description { get; init; }

    /// <summary>How much a violation matters.</summary>
    public RuleSeverity Severity { get; init; } = RuleSeverity.Medium;

    /// <summary>What is to happen to a violation.</summary>
    public RuleAction Action { get; init; } = RuleAction.Report;

    /// <summary>What it is about. Of values and hosts, one that fits suffices.</summary>
    public RuleConditions When { get; init; } = new();

    /// <summary>What is allowed all the same; null: nothing. Here there must be values and hosts, and each must fit.</summary>
    public RuleConditions? Unless { get; init; }

    /// <summary>How often a session may do it; null: never.</summary>
    public RuleRate? Rate { get; init; }
}

/// <summary>How often something may happen.</summary>
/// <param name="Calls">This often.</param>
/// <param name="Per">In so long a time.</param>
public sealed record RuleRate(int Calls, TimeSpan Per);

/// <summary>Conditions that must all hold; those that are null always do.</summary>
public sealed record RuleConditions
{
    /// <summary>What the user calls the server.</summary>
    public IReadOnlyList<TextPattern>? Servers { get; init; }

    /// <summary>The method.</summary>
    public IReadOnlyList<TextPattern>? Methods { get; init; }

    /// <summary>The tool that is called; no other method fits.</summary>
    public IReadOnlyList<TextPattern>? Tools { get; init; }

    /// <summary>Values in the arguments.</summary>
    public IReadOnlyList<ArgumentCondition>? Arguments { get; init; }

    /// <summary>Hosts of addresses anywhere in the arguments.</summary>
    public IReadOnlyList<TextPattern>? Hosts { get; init; }

    /// <summary>When it happens.</summary>
    public IReadOnlyList<WeekTimes>? Times { get; init; }
}

/// <summary>What the values at a path must look like.</summary>
/// <param name="Path">The path.</param>
/// <param name="Patterns">One of these must fit.</param>
public sealed record ArgumentCondition(ArgumentPath Path, IReadOnlyList<TextPattern> Patterns);

/// <summary>All rules of a file, in their order.</summary>
/// <param name="Rules">The rules.</param>
public sealed record RuleSet(IReadOnlyList<Rule> Rules)
{
    /// <summary>How many have requests stopped.</summary>
    public int Denying => Rules.Count(rule => rule.Action == RuleAction.Deny);

    /// <summary>No rules.</summary>
    public static RuleSet Empty { get; } = new([]);
}
