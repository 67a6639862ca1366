using System.Globalization;
using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Guarding;

/// <summary>The guardian process itself: see <see cref="Guardian"/>.</summary>
public static class GuardianLoop
{
    // How long a process may have been there before it is known to us. Whatever descends from the protected process stays below it
    // while it lives (it is a subreaper); once it is dead, and those in between have ended with it, nothing would tell whose they were.
    private const int LookEveryMilliseconds = 250;

    /// <summary>The same where nothing has changed for a while: looking must not keep an idle machine awake.</summary>
    private const int LookSeldomMilliseconds = 1000;

    /// <summary>How long a change counts as a short while ago.</summary>
    private const int RestlessMilliseconds = 3000;

    /// <summary>How long the protected process may be stopped, where it has asked for that (<see cref="Guardian.EndIfStopped"/>).</summary>
    private const int MaxStoppedMilliseconds = 5000;

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
        var tree = new TreeView(parent);
        var owned = new List<OwnedEntry>();
        var pending = new GuardianMessageReader();
        var buffer = new byte[4096];
        var changed = Environment.TickCount64;
        var mayStop = true;
        long? stopped = null;
        while (true)
        {
            var isRestless = Environment.TickCount64 - changed < RestlessMilliseconds;
            if (!input.WaitReadable(isRestless ? LookEveryMilliseconds : LookSeldomMilliseconds))
            {
                if (tree.Look())
                    changed = Environment.TickCount64;
                stopped = !mayStop && IsStopped(parent) ? stopped ?? Environment.TickCount64 : null;
                if (Environment.TickCount64 - stopped >= MaxStoppedMilliseconds)
                    _ = Libc.Kill(parent, (int)ChildSignal.Kill);
                continue;
            }

            changed = Environment.TickCount64;
            var count = input.Read(buffer);
            if (count == 0)
                break;
            foreach (var message in pending.Read(buffer.AsSpan(0, count)))
            {
                if (message.Kind == GuardianMessage.Done)
                    return;
                mayStop &= message.Kind != GuardianMessage.EndIfStopped;
                Execute(message, roots, owned);
            }
        }

        EndAll(roots, tree.Seen);
        foreach (var entry in owned)
            entry.Delete();
    }

    /// <summary>Whether our parent, which it still is, is stopped by a signal.</summary>
    private static bool IsStopped(int parent) =>
        ProcessTable.Find(parent) is { State: 'T' } && ProcessTable.Find(Environment.ProcessId)?.Parent == parent;

    private static void Execute(GuardianMessage message, Dictionary<int, ulong> roots, List<OwnedEntry> owned)
    {
        switch (message.Kind)
        {
            case GuardianMessage.Protect:
                var numbers = message.Argument.Split(' ');
                roots[int.Parse(numbers[0], CultureInfo.InvariantCulture)] = ulong.Parse(numbers[1], CultureInfo.InvariantCulture);
                break;
            case GuardianMessage.Release:
                roots.Remove(int.Parse(message.Argument, CultureInfo.InvariantCulture));
                break;
            case GuardianMessage.Delete when OwnedEntry.Find(message.Argument) is { } entry:
                owned.Add(entry);
                break;
        }
    }

    internal static void EndAll(Dictionary<int, ulong> roots, IReadOnlyDictionary<int, ulong> seen)
    {
        for (var round = 0; round < 20; round++)
        {
            var snapshot = ProcessTable.Snapshot();
            var alive = roots.Where(root => snapshot.Count == 0 || IsIn(snapshot, root)).Select(r => r.Key).ToList();

            // A root that ended by itself (a server does at EOF) may have left members in its group, and others below those. The id of
            // a group that has members is not reused.
            var groups = snapshot.Where(e => roots.ContainsKey(e.Group) && e.Id != Environment.ProcessId).Select(e => e.Id);
            var tops = alive.Concat(groups).Concat(seen.Where(s => IsIn(snapshot, s)).Select(s => s.Key)).ToHashSet();
            var doomed = ProcessTable.DescendantsOf(tops, snapshot).Concat(tops).ToHashSet();
            foreach (var root in alive)
                _ = Libc.Kill(-root, (int)ChildSignal.Kill);
            foreach (var id in doomed)
                _ = Libc.Kill(id, (int)ChildSignal.Kill);
            if (!ProcessTable.AnyLives(doomed, snapshot))
                return;
            Thread.Sleep(5);
        }
    }

    private static bool IsIn(List<ProcessEntry> snapshot, KeyValuePair<int, ulong> process) =>
        snapshot.Exists(e => e.Id == process.Key && (process.Value == 0 || e.StartTime == process.Value));

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;
}
