using System.Diagnostics;

namespace Kilometers.Plugins.Otel.Operations;

/// <summary>What one side asked of the other, from its first request to its last answer: more input and tasks belong to it.</summary>
internal sealed record Operation
{
    public required string Method { get; init; }

    /// <summary>The tool's or prompt's name, or the resource's URI; else empty.</summary>
    public required string Name { get; init; }

    /// <summary>The first request's id, raw JSON.</summary>
    public required string Id { get; init; }

    public required bool IsFromClient { get; init; }

    public required DateTimeOffset Start { get; init; }

    /// <summary>The trace that the request continues; the zero value: none.</summary>
    public ActivityContext Parent { get; init; }

    /// <summary>The version of the protocol that the request names; empty: the session's.</summary>
    public string Version { get; init; } = "";

    /// <summary>The arguments, masked; null: not wanted.</summary>
    public string? Arguments { get; init; }
}

/// <summary>How an operation ended.</summary>
/// <param name="End">When.</param>
/// <param name="Error">The code of an error as text, or <c>tool_error</c>; empty: none.</param>
/// <param name="Result">The result, masked; null: not wanted.</param>
internal sealed record Outcome(DateTimeOffset End, string Error, string? Result);
