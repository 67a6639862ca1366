namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>What <c>km uninstall --json</c> prints.</summary>
internal sealed record UninstallReport
{
    public int Version { get; init; } = 1;

    /// <summary>Whether <c>--yes</c> was given: else nothing was removed.</summary>
    public required bool IsDone { get; init; }

    public required IReadOnlyList<UninstallOutcome> Items { get; init; }

    /// <summary>The program itself, which stays, and how to remove it.</summary>
    public required string Program { get; init; }
}

/// <summary>One thing.</summary>
/// <param name="Kind">Such as <c>API key</c> or <c>files</c>.</param>
/// <param name="What">Its path or name.</param>
/// <param name="Error">Why it is still there; null if it is gone, or was only listed.</param>
internal sealed record UninstallOutcome(string Kind, string What, string? Error = null);
