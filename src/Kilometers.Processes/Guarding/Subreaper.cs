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
    private static PosixSignalRegistration? ChildEnded;

    /// <summary>Whether orphans come to this process.</summary>
    public static bool IsEnabled { get; private set; }

    /// <summary>Turns it on for this process, and reaps orphans as they end.</summary>
    public static void Enable()
    {
        if (!OperatingSystem.IsLinux() || IsEnabled)
            return;
        IsEnabled = Libc.Prctl(Libc.PrSetChildSubreaper, 1, 0, 0, 0) == 0;
        if (IsEnabled)
            ChildEnded = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => ReapOrphans());
    }

    /// <summary>Turns it off again: the setting would outlast an exec.</summary>
    public static void Disable()
    {
        if (!IsEnabled)
            return;
        IsEnabled = false;
        ChildEnded?.Dispose();
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

    internal static unsafe void ReapOrphans()
    {
        // siginfo_t: si_pid follows signo, errno, code and the padding to a 16-byte offset on 64 bit.
        const int PidOffset = 16;
        if (!IsEnabled)
            return;
        var info = stackalloc byte[128];
        lock (OwnChildren.Gate)
        {
            while (true)
            {
                new Span<byte>(info, 128).Clear();
                if (Libc.WaitId(0, 0, info, WaitExited | WaitNoReap | NoHang) != 0)
                    return;
                var id = *(int*)(info + PidOffset);

                // An own child is reaped by its own thread, which calls here again afterwards.
                if (id == 0 || OwnChildren.Contains(id))
                    return;
                int status;
                if (Libc.WaitPid(id, &status, NoHang) < 0)
                    return;
            }
        }
    }
}
