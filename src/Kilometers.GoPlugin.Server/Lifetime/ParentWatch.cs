using System.Runtime.InteropServices;

namespace Kilometers.GoPlugin.Server.Lifetime;

/// <summary>
/// Notices that the host is gone. A thread of its own, so that a plugin whose handlers occupy every pool thread still ends; it looks at
/// the parent's id twice a second, because standard input tells nothing (hosts give /dev/null) and PR_SET_PDEATHSIG follows the host's
/// thread, which in a Go host may end before the host does.
/// </summary>
internal static partial class ParentWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Starts watching. On Windows the host's job object ends its plugins instead.</summary>
    public static void Start(Action onHostGone)
    {
        if (OperatingSystem.IsWindows())
            return;
        var parent = GetParentProcessId();
        var thread = new Thread(() =>
        {
            // A process whose parent died is adopted by another; its parent's id never changes otherwise.
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

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentProcessId();
}
