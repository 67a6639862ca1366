namespace Kilometers.Processes.Guarding;

/// <summary>
/// Knows what runs below another process, so that it can be ended when that process is gone without a word. While the process lives its
/// orphans stay below it (it is a <see cref="Subreaper"/>); afterwards nothing tells whose they were, but what was seen before. Not thread-safe.
/// </summary>
/// <param name="owner">The process whose end is watched.</param>
public sealed class TreeGuard(int owner)
{
    private readonly Dictionary<int, ulong> _roots = [];
    private readonly TreeView _tree = new(owner);

    /// <summary>A process that is to end with the owner, with its group and all that descends from it.</summary>
    /// <param name="id">The process.</param>
    /// <param name="started">When it started, as the system counts; 0 if not known.</param>
    public void Protect(int id, ulong started) => _roots[id] = started;

    /// <summary>Looks at what runs below the owner now.</summary>
    /// <returns>Whether that has changed.</returns>
    public bool Look() => _tree.Look();

    /// <summary>Ends all of it.</summary>
    public void EndAll() => GuardianLoop.EndAll(_roots, _tree.Seen);
}
