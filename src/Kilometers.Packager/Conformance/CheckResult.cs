namespace Kilometers.Packager.Conformance;

/// <summary>How a check ended. The zero value is a failure: what was forgotten has not passed.</summary>
internal enum CheckOutcome
{
    /// <summary>The plugin does not do what it must.</summary>
    Failed = 0,

    /// <summary>It does.</summary>
    Passed,

    /// <summary>It could not be found out, or does not apply; what was seen says why.</summary>
    Skipped,
}

/// <summary>One row of the test.</summary>
internal sealed record CheckResult
{
    /// <summary>What was checked.</summary>
    public required string Name { get; init; }

    /// <summary>Under which version of the km contract; 0: under any.</summary>
    public int Contract { get; init; }

    /// <summary>How it ended.</summary>
    public required CheckOutcome Outcome { get; init; }

    /// <summary>What was seen, in words.</summary>
    public required string Seen { get; init; }

    /// <summary>More lines, most often the plugin's last words; may be empty.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The name with the contract's version: <c>handshake v2</c>.</summary>
    public string Title => Contract == 0 ? Name : $"{Name} v{Contract}";
}

/// <summary>What a check saw, before it is known how long it took.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="Details">More lines; null: none.</param>
internal sealed record Finding(CheckOutcome Outcome, string Seen, IReadOnlyList<string>? Details = null)
{
    public static Finding Pass(string seen) => new(CheckOutcome.Passed, seen);

    public static Finding Fail(string seen, IReadOnlyList<string>? details = null) => new(CheckOutcome.Failed, seen, details);

    public static Finding Skip(string why) => new(CheckOutcome.Skipped, why);
}
