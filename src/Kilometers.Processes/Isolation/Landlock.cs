using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// Landlock: which files a thread and all that it starts may open, and that it may neither trace nor signal anybody outside. What is
/// not granted is denied. The kernel's version says which rights it knows; the rest is <see cref="SeccompFilter"/>'s.
/// </summary>
internal static unsafe class Landlock
{
    /// <summary>From this version on a file that may not be written can also not be cut off.</summary>
    public const int Sufficient = 3;

    /// <summary>From this version on signals reach only what is confined together.</summary>
    public const int ScopesSignals = 6;

    private const uint AskVersion = 1;
    private const int PathBeneath = 1;
    private const ulong Execute = 1 << 0;
    private const ulong WriteFile = 1 << 1;
    private const ulong ReadFile = 1 << 2;
    private const ulong ReadFolder = 1 << 3;
    private const ulong RemoveFolder = 1 << 4;
    private const ulong RemoveFile = 1 << 5;
    private const ulong MakeFolder = 1 << 7;
    private const ulong MakeFile = 1 << 8;
    private const ulong MakeSocket = 1 << 9;
    private const ulong Refer = 1 << 13;
    private const ulong Truncate = 1 << 14;
    private const ulong DeviceControl = 1 << 15;
    private const ulong OfFiles = Execute | WriteFile | ReadFile | Truncate | DeviceControl;
    private const ulong Read = ReadFile | ReadFolder;
    private const ulong Write = Read | WriteFile | RemoveFolder | RemoveFile | MakeFolder | MakeFile | Refer | Truncate;

    /// <summary>The kernel's version of it; 0 where it is not there or not switched on.</summary>
    public static int Version()
    {
        // The system call is asked: what /sys says is what is configured, not what is there.
        var version = LinuxCalls.LandlockCreateRuleset(null, 0, AskVersion);
        return version > 0 ? version : 0;
    }

    /// <summary>Writes down what is granted; nothing is restricted yet.</summary>
    /// <returns>The descriptor for <see cref="Restrict"/>.</returns>
    /// <exception cref="SandboxException">The kernel refused it.</exception>
    public static int Prepare(SandboxProfile profile, int version)
    {
        var handled = version switch
        {
            1 => (1UL << 13) - 1,
            2 => (1UL << 14) - 1,
            3 or 4 => (1UL << 15) - 1,
            _ => (1UL << 16) - 1,
        };
        var attributes = new RulesetAttributes
        {
            Files = handled,
            Network = version >= 4 ? 3UL : 0,
            Scoped = version >= ScopesSignals ? 3UL : 0,
        };
        var size = version switch
        {
            >= 6 => sizeof(RulesetAttributes),
            >= 4 => 16,
            _ => 8,
        };
        var ruleset = LinuxCalls.LandlockCreateRuleset(&attributes, (nuint)size, 0);
        if (ruleset < 0)
            throw Failure("ruleset");
        Grant(ruleset, profile, profile.Executable, (Read | Execute) & handled);
        Grant(ruleset, profile, profile.Readable, Read & handled);
        Grant(ruleset, profile, profile.Writable, Write & handled);
        Grant(ruleset, profile, profile.SocketFolders, (Write | MakeSocket) & handled);
        return ruleset;
    }

    /// <summary>From now on this thread, and what it starts, has what was granted. Needs <c>no_new_privs</c>.</summary>
    public static void Restrict(int ruleset)
    {
        if (LinuxCalls.LandlockRestrictSelf(ruleset) != 0)
            throw Failure("restrict");
    }

    private static void Grant(int ruleset, SandboxProfile profile, IReadOnlyList<string> paths, ulong rights)
    {
        foreach (var path in paths)
        {
            var fd = PinnedFolder.Open(path, profile);
            if (fd < 0)
            {
                // What cannot be reached needs no grant, and no grant is never more than was asked for.
                if (LinuxCalls.LastError() is Libc.Enoent or Libc.Enotdir or Libc.Eacces)
                    continue;
                throw Failure(path);
            }

            var rule = new PathRule { Rights = FileStatus.Of(fd)?.IsFolder == true ? rights : rights & OfFiles, Parent = fd };
            if (LinuxCalls.LandlockAddRule(ruleset, PathBeneath, &rule) != 0)
                throw Failure(path);
            _ = Libc.Close(fd);
        }
    }

    private static SandboxException Failure(string what) => new("Landlock", $"{what}: {LinuxCalls.LastErrorText()}");

    [StructLayout(LayoutKind.Sequential)]
    private struct RulesetAttributes
    {
        public ulong Files;
        public ulong Network;
        public ulong Scoped;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathRule
    {
        public ulong Rights;
        public int Parent;
    }
}
