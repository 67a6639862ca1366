using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// What was last seen to run below a process: all its live descendants, with their start times. Whoever comes there was made since, so a look
/// costs one small file while nobody on the machine makes a process or a thread. Not thread-safe.
/// </summary>
/// <param name="top">The process.</param>
/// <param name="lastId">The newest number of a process; null where the system does not tell.</param>
internal sealed class TreeView(int top, Func<int?> lastId)
{
    /// <summary>So many looks may go by without a look at the processes themselves.</summary>
    private const int MaxSpared = 30;

    private int? _lastId;
    private bool _isSettled;
    private int _spared;

    public TreeView(int top)
        : this(top, ProcessTable.LastId) { }

    public IReadOnlyDictionary<int, ulong> Seen { get; private set; } = new Dictionary<int, ulong>();

    /// <summary>Looks again.</summary>
    /// <returns>Whether it has changed.</returns>
    public bool Look()
    {
        // A process has its number a moment before it can be seen: what was seen once after the last one came is seen once more.
        var newest = lastId();
        var isSame = newest is not null && newest == _lastId;
        if (isSame && _isSettled && _spared < MaxSpared)
        {
            _spared++;
            return false;
        }

        (_lastId, _isSettled, _spared) = (newest, isSame, 0);
        var last = Seen;
        Seen = LookBelow();
        return Seen.Count != last.Count || Seen.Keys.Any(id => !last.ContainsKey(id));
    }

    private Dictionary<int, ulong> LookBelow()
    {
        var found = new Dictionary<int, ulong>();
        var open = new Stack<int>([top]);
        while (open.TryPop(out var next))
        {
            foreach (var child in ChildrenOf(next))
            {
                if (child != Environment.ProcessId && ProcessTable.Find(child) is { } entry && found.TryAdd(child, entry.StartTime))
                    open.Push(child);
            }
        }

        return found;
    }

    private static List<int> ChildrenOf(int id)
    {
        var children = new List<int>();
        try
        {
            // Children belong to the thread that made them.
            foreach (var thread in Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/task")))
            {
                foreach (var word in ProcFile.Read(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    children.Add(int.Parse(word, CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // It ended just now; or no /proc, or a kernel without CONFIG_PROC_CHILDREN: groups and trees are all that is reached then.
        }

        return children;
    }
}
