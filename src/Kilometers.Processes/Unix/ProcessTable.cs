using System.Globalization;

namespace Kilometers.Processes.Unix;

/// <summary>One look at <c>/proc</c>: who is whose child. Empty where there is no /proc (macOS): there only process groups are reached.</summary>
internal static class ProcessTable
{
    /// <summary>Kills every descendant of <paramref name="root"/>, again and again until none is left: a process may fork while we look.</summary>
    public static void KillDescendants(int root)
    {
        for (var round = 0; round < 20; round++)
        {
            var snapshot = Snapshot();
            var found = DescendantsOf([root], snapshot);
            if (!AnyLives(found, snapshot))
                return;
            foreach (var id in found)
                _ = Libc.Kill(id, (int)ChildSignal.Kill);
        }
    }

    /// <summary>Sends a signal to the descendants of <paramref name="root"/> that are in the group.</summary>
    public static void SignalDescendants(int root, int group, int signal)
    {
        var snapshot = Snapshot();
        var found = DescendantsOf([root], snapshot);
        foreach (var entry in snapshot.Where(entry => entry.Group == group && found.Contains(entry.Id)))
            _ = Libc.Kill(entry.Id, signal);
    }

    /// <summary>
    /// All processes. Those that have ended but were not reaped are among them: while the threads of a process end one after another its
    /// entry may already say so, and its children still be called its own.
    /// </summary>
    public static List<ProcessEntry> Snapshot()
    {
        var entries = new List<ProcessEntry>();
        if (!Directory.Exists("/proc/self"))
            return entries;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Find(id) is { } entry
            )
                entries.Add(entry);
        }

        return entries;
    }

    /// <summary>What a process does, all its threads that live together; none where that is not known.</summary>
    /// <returns>
    /// How long it has run on a processor, in nanoseconds; and whether it runs, waits for a processor, or for a disk. On a busy machine a thread
    /// may wait for its turn for long.
    /// </returns>
    public static (long RunTime, bool IsRunning) WorkOf(int id)
    {
        try
        {
            var (total, isRunning) = (0L, false);
            foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/task")))
            {
                if (long.TryParse(ProcFile.Read(thread + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture, out var time))
                    total += time;
                isRunning |= Read(id, thread + "/stat") is { State: 'R' or 'D' };
            }

            return (total, isRunning);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or one of its threads has.
            return default;
        }
    }

    /// <summary>
    /// The number that the newest process or thread of the machine, or of our container, was given; null where the kernel does not tell
    /// (without CONFIG_CHECKPOINT_RESTORE). Not from /proc/loadavg, which some containers make up.
    /// </summary>
    public static int? LastId()
    {
        try
        {
            return int.Parse(ProcFile.Read("/proc/sys/kernel/ns_last_pid"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether any of the processes has not ended.</summary>
    public static bool AnyLives(HashSet<int> ids, List<ProcessEntry> snapshot) =>
        snapshot.Exists(entry => entry.IsAlive && ids.Contains(entry.Id));

    /// <summary>One process, zombies included; null if there is none.</summary>
    public static ProcessEntry? Find(int id) => Read(id, $"/proc/{id}/stat");

    private static ProcessEntry? Read(int id, string path)
    {
        try
        {
            // "pid (name) state ppid pgrp session … starttime": the name may hold spaces and parentheses, so count from the last ')'.
            var text = ProcFile.Read(path);
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessEntry(
                id,
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                int.Parse(fields[2], CultureInfo.InvariantCulture),
                fields[0][0],
                ulong.Parse(fields[19], CultureInfo.InvariantCulture)
            );
        }
        catch (Exception e) when (e is IOException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>The ids of the processes above one, nearest first, as far as they can be seen from here (a container's first has none).</summary>
    /// <returns>Null where it cannot be told: one of them ended again and again while we looked, or cannot be seen.</returns>
    public static List<int>? AncestorsOf(int id)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            if (LookAbove(id) is { } found)
                return found;
        }

        return null;
    }

    public static HashSet<int> DescendantsOf(IEnumerable<int> roots, List<ProcessEntry> snapshot)
    {
        var children = snapshot.ToLookup(e => e.Parent, e => e.Id);
        var found = new HashSet<int>();
        var open = new Stack<int>(roots);
        while (open.TryPop(out var next))
        {
            foreach (var child in children[next])
            {
                if (found.Add(child))
                    open.Push(child);
            }
        }

        return found;
    }

    /// <returns>Null where one of them ended meanwhile: what is above has another child now.</returns>
    private static List<int>? LookAbove(int id)
    {
        const int MaxDepth = 100_000;
        var found = new List<int>();
        while (id != 1 && found.Count < MaxDepth)
        {
            if (Find(id) is not { } process)
                return null;
            if (process.Parent == 0)
                return found;
            found.Add(id = process.Parent);
        }

        return found.Count < MaxDepth ? found : null;
    }
}

/// <summary>One row of the process table. <c>StartTime</c> (clock ticks since boot) tells a reused id from the process one knew.</summary>
internal sealed record ProcessEntry(int Id, int Parent, int Group, char State, ulong StartTime)
{
    /// <summary>Whether it has not ended.</summary>
    public bool IsAlive => State is not ('Z' or 'X');
}
