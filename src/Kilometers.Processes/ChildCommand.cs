namespace Kilometers.Processes;

/// <summary>What to start: a description, apart from its execution. Standard input, output and error are always pipes to the parent.</summary>
public sealed record ChildCommand
{
    /// <summary>The program: a path, or a name that is looked up in <c>PATH</c> as a shell would.</summary>
    public required string FileName { get; init; }

    /// <summary>The arguments after the program's name, passed one to one (no shell, no quoting).</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// The same arguments as raw bytes, for Unix callers that received them so and must not round-trip them through UTF-16;
    /// null: <see cref="Arguments"/> as UTF-8.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? ArgumentBytes { get; init; }

    /// <summary>The whole environment of the child; null: the parent's own, byte for byte.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>How much lower than the parent's the child's scheduling priority is, 0 to 19 (Unix <c>nice</c>).</summary>
    public int NiceIncrement { get; init; }

    /// <summary>
    /// What the child and its descendants may use together, where the system keeps such limits for them (a Windows job); null: no limits.
    /// Elsewhere a launcher sets limits (<see cref="Isolation.SandboxProfile"/>).
    /// </summary>
    public JobLimits? Limits { get; init; }

    /// <summary>Whether what is left of the child's process group is killed when the child itself ends.</summary>
    public bool EndGroupWithLeader { get; init; }
}
