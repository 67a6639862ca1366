namespace Kilometers.Contracts.Api;

/// <summary>Problem details (RFC 9457) with our stable code; <c>application/problem+json</c>.</summary>
public sealed record ApiProblem
{
    /// <summary>A URI of the kind of problem; here <c>about:blank</c> or the documentation of the code.</summary>
    public string? Type { get; init; }

    /// <summary>What happened, one sentence without a full stop.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>Why.</summary>
    public string? Detail { get; init; }

    /// <summary>The stable code, see <c>docs/errors.md</c>.</summary>
    public string? Code { get; init; }

    /// <summary>What to do next.</summary>
    public string? Hint { get; init; }
}
