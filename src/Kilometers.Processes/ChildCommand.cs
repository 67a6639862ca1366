namespace Kilometers.Processes;

/// <summary>What to start: a description, apart from its execution. Standard input, output and error are pipes to the parent.</summary>
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

    /// <summary>
    /// Standard streams that the child gets closed instead of as pipes: for a child that replaces a parent which was itself started so.
    /// The stream of the same name in <see cref="ChildProcess"/> is empty and swallows what is written. Unix only.
    /// </summary>
    public ChildStreams ClosedStreams { get; init; }

    /// <summary>
    /// Whether the child stays in the parent's process group, so that it keeps the terminal the parent has, instead of leading one of
    /// its own. Unix only.
    /// </summary>
    public bool SharesGroup { get; init; }

    /// <summary>Whether the child leads a session of its own, away from the parent's terminal. Unix only.</summary>
    public bool StartsSession { get; init; }

    /// <summary>
    /// Whether the child gets no descriptor of this process but the standard streams: not even those that this process was started with and
    /// hands on to others. Unix only.
    /// </summary>
    public bool InheritsNothing { get; init; }

    /// <summary>Signals that are blocked in the child from its first instruction on, as numbers. Unix only.</summary>
    public IReadOnlyList<int> BlockedSignals { get; init; } = [];

    /// <summary>Whether what is left of the child's process group is killed when the child itself ends.</summary>
    public bool EndGroupWithLeader { get; init; }
}

/// <summary>A set of standard streams.</summary>
[Flags]
public enum ChildStreams
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Standard input.</summary>
    Input = 1,

    /// <summary>Standard output.</summary>
    Output = 2,

    /// <summary>Standard error.</summary>
    Error = 4,
}
