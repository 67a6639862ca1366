using System.Runtime.InteropServices;

namespace Kilometers.Processes.Guarding;

/// <summary>What stands at a path, the link itself if it is one, and whose it is.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Number">The file's number in it.</param>
/// <param name="Owner">The user.</param>
/// <param name="Mode">Kind and permissions, as in <c>st_mode</c>.</param>
internal sealed partial record EntryStatus(ulong Device, ulong Number, uint Owner, int Mode)
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint Basic = 0x7ff;

    public bool IsDirectory => (Mode & 0xF000) == 0x4000;

    public bool IsSocket => (Mode & 0xF000) == 0xC000;

    /// <summary>Whether others than the owner may do anything with it.</summary>
    public bool IsOpenToOthers => (Mode & 0x3f) != 0;

    /// <summary>Whether both are one file; its permissions may have changed meanwhile.</summary>
    public bool IsSame(EntryStatus other) => this with { Mode = Mode & 0xF000 } == other with { Mode = other.Mode & 0xF000 };

    /// <summary>Null if there is nothing.</summary>
    public static unsafe EntryStatus? Of(string path)
    {
        // Large enough for the structure of either system.
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
        {
            if (Statx(CurrentDirectory, path, NoFollow, Basic, buffer) != 0) return null;
            return new(((ulong)*(uint*)(buffer + 136) << 32) | *(uint*)(buffer + 140), *(ulong*)(buffer + 32), *(uint*)(buffer + 20), *(ushort*)(buffer + 28));
        }

        // macOS: st_dev 4, st_mode 2, st_nlink 2, st_ino 8, st_uid 4. Compiled, not proven.
        return Lstat(path, buffer) == 0 ? new(*(uint*)buffer, *(ulong*)(buffer + 8), *(uint*)(buffer + 16), *(ushort*)(buffer + 4)) : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Lstat(string path, byte* buffer);
}
