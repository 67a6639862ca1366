namespace Kilometers.Transcripts.Checking;

/// <summary>What is expected of a server.</summary>
public sealed record CheckOptions
{
    /// <summary>Tools that it must have.</summary>
    public IReadOnlyList<string> ExpectedTools { get; init; } = [];

    /// <summary>Tools that it must not have; <c>*</c> stands for any characters.</summary>
    public IReadOnlyList<string> ForbiddenTools { get; init; } = [];

    /// <summary>How long each answer may take; null: 60 s, and that is not a check.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>A session whose definitions it must still have.</summary>
    public Transcript? Baseline { get; init; }

    /// <summary>A session whose calls it must still answer as it did.</summary>
    public Transcript? Replay { get; init; }

    /// <summary>Places in results that do not count.</summary>
    public Func<string, bool> IsIgnored { get; init; } = _ => false;
}

/// <summary>What came of a check.</summary>
/// <param name="Id">Its stable name, such as <c>no-noise</c>.</param>
/// <param name="Title">What is checked.</param>
/// <param name="Problems">What is wrong; empty: nothing.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="IsSkipped">Whether an earlier problem kept it from being checked.</param>
public sealed record CheckResult(string Id, string Title, IReadOnlyList<string> Problems, TimeSpan Duration, bool IsSkipped = false)
{
    /// <summary>Whether it passed.</summary>
    public bool IsPassed => Problems.Count == 0 && !IsSkipped;
}

/// <summary>What came of all checks of a server.</summary>
/// <param name="Server">Its name and version, as it says; null if it did not.</param>
/// <param name="Protocol">The protocol's version.</param>
/// <param name="Results">The checks, in order.</param>
public sealed record CheckReport(string? Server, string? Protocol, IReadOnlyList<CheckResult> Results)
{
    /// <summary>Whether every check passed.</summary>
    public bool IsPassed => Results.All(result => result.IsPassed);
}
