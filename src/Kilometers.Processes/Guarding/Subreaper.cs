using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// Makes this process the one that orphaned descendants are handed to (Linux <c>PR_SET_CHILD_SUBREAPER</c>), so that a daemon which
/// a child leaves behind can still be found and ended. Elsewhere it does nothing; <see cref="IsEnabled"/> tells.
/// </summary>
public static class Subreaper
{
    private const int NoHang = 1;
    private const int WaitExited = 4;
    private const int WaitNoReap = 0x01000000;
    private static bool IsReaping;

    /// <summary>Whether orphans come to this process.</summary>
    public static bool IsEnabled { get; private set; }

    /// <summary>Turns it on for this process, and reaps orphans as they end.</summary>
    public static void Enable()
    {
        if (!OperatingSystem.IsLinux() || IsEnabled)
            return;
        IsEnabled = Libc.Prctl(Libc.PrSetChildSubreaper, 1, 0, 0, 0) == 0;
        if (!IsEnabled || IsReaping)
            return;
        try
        {
            new Thread(ReapAlways, 128 * 1024) { IsBackground = true, Name = "reap orphans" }.Start();
            IsReaping = true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            // Then orphans stay as zombies until KillOrphans.
        }
    }

    /// <summary>Turns it off again: the setting would outlast an exec.</summary>
    public static void Disable()
    {
        if (!IsEnabled)
            return;
        IsEnabled = false;
        _ = Libc.Prctl(Libc.PrSetChildSubreaper, 0, 0, 0, 0);
    }

    /// <summary>Ends every orphan that was handed to this process, and its descendants. Children that this library started are spared.</summary>
    public static void KillOrphans()
    {
        if (!IsEnabled)
            return;
        for (var round = 0; round < 20; round++)
        {
            var snapshot = ProcessTable.Snapshot();
            var orphans = snapshot.Where(e => e.Parent == Environment.ProcessId && !OwnChildren.Contains(e.Id)).Select(e => e.Id).ToList();
            var doomed = ProcessTable.DescendantsOf(orphans, snapshot).Concat(orphans).ToHashSet();
            foreach (var id in doomed)
                _ = Libc.Kill(id, (int)ChildSignal.Kill);
            ReapOrphans();
            if (!ProcessTable.AnyLives(doomed, snapshot))
                return;
        }
    }

    /// <summary>
    /// A thread that waits, instead of a handler of SIGCHLD: with one, the runtime reaps every child when it is process 1, as in a
    /// container, and the exit statuses of our own are lost.
    /// </summary>
    private static void ReapAlways()
    {
        while (true)
        {
            var (error, id) = FirstEnded(0);
            if (error == Libc.Eintr)
                continue;
            if (error != 0 || !Reap(id))
                OwnChildren.Changed.WaitOne(); // there is no child yet, or one that is reaped by a thread of its own
        }
    }

    private static void ReapOrphans()
    {
        while (FirstEnded(NoHang) is (0, > 0) ended && Reap(ended.Id)) { }
    }

    private static unsafe bool Reap(int id)
    {
        lock (OwnChildren.Gate)
        {
            if (!IsEnabled || OwnChildren.IsAwaited(id))
                return false;
            int status;
            if (Libc.WaitPid(id, &status, NoHang) > 0)
                OwnChildren.Remove(id);
            return true;
        }
    }

    /// <summary>A child that has ended and is not reaped; 0 if there is none.</summary>
    private static unsafe (int Error, int Id) FirstEnded(int options)
    {
        // siginfo_t: si_pid follows signo, errno, code and the padding to a 16-byte offset on 64 bit.
        const int PidOffset = 16;
        var info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        var error = Libc.WaitId(0, 0, info, WaitExited | WaitNoReap | options) == 0 ? 0 : Marshal.GetLastPInvokeError();
        return (error, *(int*)(info + PidOffset));
    }
}
