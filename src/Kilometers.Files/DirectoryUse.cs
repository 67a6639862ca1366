using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kilometers.Files;

/// <summary>
/// What a directory takes of the disk, with everything in it: blocks, not sizes. It is walked by descriptor, because somebody may exchange
/// directories for links meanwhile, and a path may be longer than the system takes.
/// </summary>
public sealed unsafe class DirectoryUse
{
    /// <summary>The least that a file or directory counts: a disk can be filled with empty ones, too.</summary>
    public const int EntryBytes = 4096;

    /// <summary>How many levels below the directory are walked: each keeps a descriptor open.</summary>
    public const int MaxDepth = 128;

    private readonly HashSet<(ulong Device, ulong Number)> _linked = [];
    private readonly long _enough;

    private DirectoryUse(long enough) => _enough = enough;

    /// <summary>What was counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why something was not counted; null: everything was.</summary>
    public string? Unreadable { get; private set; }

    /// <summary>Measures directories. One that does not exist takes nothing.</summary>
    /// <param name="paths">The directories.</param>
    /// <param name="enough">The walk stops once this many bytes are counted.</param>
    public static DirectoryUse Of(IEnumerable<string> paths, long enough)
    {
        var use = new DirectoryUse(enough);
        foreach (var path in paths)
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(path) + "\0"))
                use.Enter(Libc.CurrentDirectory, name, 0);
        }

        return use;
    }

    private void Enter(int parent, byte* name, int depth)
    {
        if (depth > MaxDepth)
        {
            Miss($"there are more than {MaxDepth.ToString(CultureInfo.InvariantCulture)} levels of directories");
            return;
        }

        var folder = Open(parent, name);
        if (folder >= 0)
            Walk(folder, depth);
        else if (Marshal.GetLastPInvokeError() is not (Libc.Enoent or Libc.Enotdir))
            Miss(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
    }

    /// <summary>Takes the descriptor over.</summary>
    private void Walk(int folder, int depth)
    {
        var names = Libc.OpenNames(folder);
        if (names == 0)
        {
            _ = Libc.Close(folder);
            Miss("a directory cannot be listed");
            return;
        }

        while (Bytes <= _enough && Libc.NextName(names) is var entry && entry != null)
        {
            var name = entry + Libc.NameOffset;
            var text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
            if (text.SequenceEqual("."u8) || text.SequenceEqual(".."u8) || Libc.BlocksOf(folder, name) is not { } status)
                continue;
            var isDirectory = status.Status.IsDirectory;
            if (isDirectory || status.Links <= 1 || _linked.Add((status.Device, status.Number)))
                Bytes += Math.Max(status.Bytes, EntryBytes);
            if (isDirectory)
                Enter(folder, name, depth + 1);
        }

        _ = Libc.CloseNames(names);
    }

    /// <summary>A directory that is closed to its owner is opened again first, by a descriptor that cannot be exchanged.</summary>
    private static int Open(int parent, byte* name)
    {
        var folder = Libc.OpenAt(parent, name, Libc.OpenDirectory | Libc.OpenNoFollow | Libc.OpenCloseOnExec, 0);
        if (folder >= 0 || Marshal.GetLastPInvokeError() != Libc.Eacces || !OperatingSystem.IsLinux())
            return folder;
        var named = Libc.OpenAt(parent, name, Libc.OpenPath | Libc.OpenDirectory | Libc.OpenNoFollow | Libc.OpenCloseOnExec, 0);
        if (named < 0)
            return named;
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{named}");
        folder = Libc.ChangeMode(path, Libc.OwnerOnly) != 0 ? -1 : Libc.Open(path, Libc.OpenDirectory | Libc.OpenCloseOnExec, 0);
        var error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(named);
        Marshal.SetLastPInvokeError(error);
        return folder;
    }

    private void Miss(string why) => Unreadable ??= why;
}
