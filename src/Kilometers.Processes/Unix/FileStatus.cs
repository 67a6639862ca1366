using System.Runtime.InteropServices;
using Kilometers.Processes.Isolation;

namespace Kilometers.Processes.Unix;

/// <summary>What a file is, whose it is and what it takes of the disk.</summary>
/// <param name="Identity">Which file it is.</param>
/// <param name="Owner">The number of the user.</param>
/// <param name="Mode">Kind and permissions, as in <c>st_mode</c>.</param>
/// <param name="Links">How many names it has; 0: it was deleted and is still open or mapped.</param>
/// <param name="Bytes">What it takes of the disk or of memory, whatever its size says. Linux only.</param>
internal readonly partial record struct FileStatus(FileIdentity Identity, uint Owner, int Mode, uint Links, long Bytes)
{
    private const string Name = "libc";
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint Basic = 0x7ff;
    private const int KindMask = 0xF000;
    private const int BlockBytes = 512;

    public bool IsFolder => (Mode & KindMask) == 0x4000;

    public bool IsFile => (Mode & KindMask) == 0x8000;

    public bool IsSocket => (Mode & KindMask) == 0xC000;

    /// <summary>Whether others than the owner may do anything with it.</summary>
    public bool IsOpenToOthers => (Mode & 0x3f) != 0;

    /// <summary>Whether both are one file of one owner; its permissions and content may have changed.</summary>
    public bool IsSame(FileStatus other) =>
        Identity == other.Identity && Owner == other.Owner && (Mode & KindMask) == (other.Mode & KindMask);

    /// <summary>What is at a path; null and the error where that cannot be told.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followsLink">Whether a link in the last part is followed, or described itself.</param>
    public static unsafe FileStatus? Of(string path, bool followsLink = false)
    {
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
            return Statx(CurrentDirectory, path, followsLink ? 0 : NoFollow, Basic, buffer) == 0 ? Read(buffer) : null;

        // macOS: st_dev 4, st_mode 2, st_nlink 2, st_ino 8, st_uid 4. Compiled, not proven.
        if ((followsLink ? Stat(path, buffer) : Lstat(path, buffer)) != 0)
            return null;
        return new(
            new FileIdentity(*(uint*)buffer, *(ulong*)(buffer + 8)),
            *(uint*)(buffer + 16),
            *(ushort*)(buffer + 4),
            *(ushort*)(buffer + 6),
            0
        );
    }

    /// <summary>What a descriptor stands for; null and the error where that cannot be told. Linux only.</summary>
    public static unsafe FileStatus? Of(int descriptor)
    {
        var buffer = stackalloc byte[512];
        return Statx(descriptor, "", EmptyPath, Basic, buffer) == 0 ? Read(buffer) : null;
    }

    private static unsafe FileStatus Read(byte* statx)
    {
        var device = ((ulong)*(uint*)(statx + 136) << 32) | *(uint*)(statx + 140);
        return new(
            new FileIdentity(device, *(ulong*)(statx + 32)),
            *(uint*)(statx + 20),
            *(ushort*)(statx + 28),
            *(uint*)(statx + 16),
            *(long*)(statx + 48) * BlockBytes
        );
    }

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* buffer);

    [LibraryImport(Name, EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Lstat(string path, byte* buffer);

    [LibraryImport(Name, EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* buffer);
}
