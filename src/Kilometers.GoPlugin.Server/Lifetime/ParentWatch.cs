using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.GoPlugin.Server.Lifetime;

/// <summary>
/// Notices that the host is gone. A thread of its own, so that a plugin whose handlers occupy every pool thread still ends. It sleeps until
/// the kernel says that the host has ended (a pidfd, Linux 5.3); where there is none, it looks at the parent's id twice a second. Standard
/// input tells nothing (hosts give /dev/null), and PR_SET_PDEATHSIG follows the host's thread, which in a Go host may end before the host does.
/// </summary>
internal static partial class ParentWatch
{
    private const int OpenProcessNumber = 434; // pidfd_open, the same on every processor
    private const short Readable = 1;
    private const int Interrupted = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Starts watching. On Windows the host's job object ends its plugins instead.</summary>
    public static void Start(Action onHostGone)
    {
        if (OperatingSystem.IsWindows())
            return;
        var parent = GetParentProcessId();
        var thread = new Thread(() =>
        {
            // A process whose parent died is adopted by another; its parent's id never changes otherwise. A descriptor is the host's only if
            // the host was still our parent after it was opened.
            using var host = Open(parent);
            if (host is not null && GetParentProcessId() == parent)
                WaitForEnd(host);
            while (GetParentProcessId() == parent)
                Thread.Sleep(Interval);
            onHostGone();
        })
        {
            IsBackground = true,
            Name = "go-plugin parent watch",
        };
        thread.Start();
    }

    /// <returns>Null where the kernel has no such call, or a filter of the host's does not let it through.</returns>
    private static SafeFileHandle? Open(int process)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var descriptor = (int)Call(OpenProcessNumber, process, 0);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void WaitForEnd(SafeFileHandle process)
    {
        var wait = new PollDescriptor { Descriptor = (int)process.DangerousGetHandle(), Events = Readable };
        while (Poll(ref wait, 1, -1) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
            // A signal for the process, which this thread happened to get.
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentProcessId();

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint argument1, nint argument2);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
