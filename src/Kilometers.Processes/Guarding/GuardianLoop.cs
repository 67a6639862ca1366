using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Guarding;

/// <summary>The guardian process itself: see <see cref="Guardian"/>.</summary>
public static class GuardianLoop
{
    // How long a daemon may have been an orphan before it is known to us. Orphans go to the protected process while it lives
    // (it is a subreaper); once it is dead nothing would tell whose they were.
    private const int LookEveryMilliseconds = 250;

    /// <summary>Waits for the end of standard input, then ends what is protected. Returns at once after a <c>done</c>.</summary>
    /// <param name="parent">The process id of the protected process.</param>
    public static void Run(int parent)
    {
        // Only the end of the pipe ends the guardian: a signal for the whole terminal is not meant for it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ignore);
        using var input = FileDescriptorStream.Standard(0);

        var roots = new Dictionary<int, ulong>();
        var directories = new List<string>();
        var pending = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            if (!input.WaitReadable(LookEveryMilliseconds))
            {
                RememberOrphans(parent, roots);
                continue;
            }

            var count = input.Read(buffer);
            if (count == 0) break;
            pending.Append(Encoding.UTF8.GetString(buffer, 0, count));
            if (!Obey(pending, roots, directories)) return;
        }

        EndAll(roots);
        foreach (var directory in directories) Delete(directory);
    }

    /// <returns>False after "done".</returns>
    private static bool Obey(StringBuilder pending, Dictionary<int, ulong> roots, List<string> directories)
    {
        var text = pending.ToString();
        var end = text.LastIndexOf('\n');
        if (end < 0) return true;
        pending.Remove(0, end + 1);
        foreach (var line in text[..end].Split('\n'))
        {
            var words = line.Split(' ', 2);
            switch (words[0])
            {
                case "protect":
                    var numbers = words[1].Split(' ');
                    roots[int.Parse(numbers[0], CultureInfo.InvariantCulture)] = ulong.Parse(numbers[1], CultureInfo.InvariantCulture);
                    break;
                case "release":
                    roots.Remove(int.Parse(words[1], CultureInfo.InvariantCulture));
                    break;
                case "delete":
                    directories.Add(words[1]);
                    break;
                case "done":
                    return false;
            }
        }

        return true;
    }

    private static void RememberOrphans(int parent, Dictionary<int, ulong> roots)
    {
        try
        {
            var children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{parent}/task/{parent}/children"));
            foreach (var word in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var id = int.Parse(word, CultureInfo.InvariantCulture);
                if (id != Environment.ProcessId && !roots.ContainsKey(id) && ProcessTable.Find(id) is { } entry) roots[id] = entry.StartTime;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // No /proc, or a kernel without CONFIG_PROC_CHILDREN: groups and trees are all that is reached then.
        }
    }

    private static void EndAll(Dictionary<int, ulong> roots)
    {
        for (var round = 0; round < 20; round++)
        {
            var snapshot = ProcessTable.Snapshot();
            var alive = roots.Where(root => snapshot.Count == 0 || snapshot.Any(e => e.Id == root.Key && (root.Value == 0 || e.StartTime == root.Value))).Select(r => r.Key).ToHashSet();

            // A root that ended by itself may have left members in its group; the id of a group that has members is not reused.
            var groups = snapshot.Where(e => roots.ContainsKey(e.Group) && e.Id != Environment.ProcessId).Select(e => e.Id);
            var doomed = ProcessTable.DescendantsOf(alive, snapshot).Concat(alive).Concat(groups).ToHashSet();
            foreach (var root in alive) _ = Libc.Kill(-root, (int)ChildSignal.Kill);
            foreach (var id in doomed) _ = Libc.Kill(id, (int)ChildSignal.Kill);
            if (doomed.Count == 0 || snapshot.Count == 0) return;
            Thread.Sleep(5);
        }
    }

    private static void Delete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody is left to tell; the directory is private and in a temporary place.
        }
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;
}
