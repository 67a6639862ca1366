using System.Runtime.InteropServices;

namespace Kilometers.Files;

/// <summary>What .NET does not offer about files: who owns one, opening without following a link, and flushing a directory.</summary>
internal static partial class Libc
{
    private const string Name = "libc";
    private const int NoFollow = 0x100;
    private const int NoFollowOnMac = 0x20;
    private const int BlockBytes = 512;
    private const uint AskType = 0x1;
    private const uint AskMode = 0x2;
    private const uint AskOwner = 0x8;

    public static int NotEmpty { get; } = OperatingSystem.IsLinux() ? 39 : 66;

    public const int Eexist = 17;

    public const int Enotdir = 20;

    public static int CurrentDirectory { get; } = OperatingSystem.IsLinux() ? -100 : -2;

    /// <summary>AT_REMOVEDIR.</summary>
    public static int OnlyDirectory { get; } = OperatingSystem.IsLinux() ? 0x200 : 0x80;

    public static int OpenDirectory { get; } =
        OperatingSystem.IsLinux()
            ? (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000)
            : 0x100000;

    public static int OpenNoFollow { get; } =
        OperatingSystem.IsLinux()
            ? (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000)
            : 0x100;

    public static int OpenCloseOnExec { get; } = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    public static int Eloop { get; } = OperatingSystem.IsLinux() ? 40 : 62;

    public static int WouldBlock { get; } = OperatingSystem.IsLinux() ? 11 : 35;

    public static int Interrupted => 4;

    public const int Enoent = 2;

    public const int Eacces = 13;

    /// <summary>0700.</summary>
    public const int OwnerOnly = 0x1C0;

    /// <summary>O_PATH. Linux only.</summary>
    public const int OpenPath = 0x200000;

    /// <summary>Where d_name is in struct dirent. Linux: two numbers of 8, one of 2, one of 1; macOS has another of 2 between. Unproven there.</summary>
    public static int NameOffset { get; } = OperatingSystem.IsLinux() ? 19 : 21;

    public static int OutOfRange => 34;

    public static int MayExecute => 1;

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int fd);

    [LibraryImport(Name, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    /// <summary>Takes the lock of an open file for itself, or fails at once with <see cref="WouldBlock"/>.</summary>
    public static int TryFlock(int fd) => Flock(fd, 2 | 4);

    [LibraryImport(Name, EntryPoint = "umask")]
    public static partial uint SetMask(uint mask);

    [LibraryImport(Name, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>Whether this user may do something with a file. A file on a system that is mounted without execution may not be executed.</summary>
    [LibraryImport(Name, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport(Name, EntryPoint = "getpwuid_r")]
    public static unsafe partial int GetUser(uint user, byte* entry, byte* buffer, nuint size, byte** found);

    /// <summary>Owner and mode of a file, or of the link itself; null and the error where they cannot be told.</summary>
    public static unsafe FileStatus? StatusOf(string path)
    {
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
            return Statx(CurrentDirectory, path, NoFollow, AskType | AskMode | AskOwner, buffer) == 0
                ? new FileStatus(*(uint*)(buffer + 20), *(ushort*)(buffer + 28))
                : null;

        // macOS: as in OwnerOf and TypeOf. Unproven.
        return Lstat(path, buffer) == 0 ? new FileStatus(*(uint*)(buffer + 16), *(ushort*)(buffer + 4)) : null;
    }

    /// <inheritdoc cref="StatusOf(string)"/>
    public static unsafe FileStatus? StatusOf(int folder, byte[] name)
    {
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
            return StatxAt(folder, name, NoFollow, AskType | AskMode | AskOwner, buffer) == 0
                ? new FileStatus(*(uint*)(buffer + 20), *(ushort*)(buffer + 28))
                : null;

        // macOS: as in OwnerOf and TypeOf. Unproven.
        return StatAt(folder, name, buffer, NoFollowOnMac) == 0 ? new FileStatus(*(uint*)(buffer + 16), *(ushort*)(buffer + 4)) : null;
    }

    /// <summary>What an entry of a directory takes of the disk; null and the error where it cannot be told.</summary>
    public static unsafe FileBlocks? BlocksOf(int folder, byte* name)
    {
        const uint AskLinksNumberBlocks = 0x4 | 0x100 | 0x400;
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
        {
            if (StatxAt(folder, name, NoFollow, AskType | AskMode | AskOwner | AskLinksNumberBlocks, buffer) != 0)
                return null;
            var device = ((ulong)*(uint*)(buffer + 136) << 32) | *(uint*)(buffer + 140);
            return new FileBlocks(
                new FileStatus(*(uint*)(buffer + 20), *(ushort*)(buffer + 28)),
                device,
                *(ulong*)(buffer + 32),
                *(uint*)(buffer + 16),
                *(long*)(buffer + 48) * BlockBytes
            );
        }

        // macOS: st_dev 4, st_mode 2, st_nlink 2, st_ino 8, st_uid, and st_blocks at 104. Unproven.
        return StatAt(folder, name, buffer, NoFollowOnMac) != 0
            ? null
            : new FileBlocks(
                new FileStatus(*(uint*)(buffer + 16), *(ushort*)(buffer + 4)),
                *(uint*)buffer,
                *(ulong*)(buffer + 8),
                *(ushort*)(buffer + 6),
                *(long*)(buffer + 104) * BlockBytes
            );
    }

    [LibraryImport(Name, EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, int mode);

    [LibraryImport(Name, EntryPoint = "openat", SetLastError = true)]
    public static unsafe partial int OpenAt(int folder, byte* name, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(int folder, byte[] name, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int folder, byte[] name, int flags);

    [LibraryImport(Name, EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(int fromFolder, byte[] from, int toFolder, byte[] to);

    [LibraryImport(Name, EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int ChangeModeAt(int folder, byte[] name, int mode, int flags);

    [LibraryImport(Name, EntryPoint = "fdopendir", SetLastError = true)]
    public static partial nint OpenNames(int folder);

    [LibraryImport(Name, EntryPoint = "readdir", SetLastError = true)]
    public static unsafe partial byte* NextName(nint names);

    [LibraryImport(Name, EntryPoint = "closedir", SetLastError = true)]
    public static partial int CloseNames(nint names);

    /// <summary>The owner of a file, or of the link itself; null where it cannot be told.</summary>
    public static unsafe uint? OwnerOf(string path)
    {
        // Large enough for the structure of either system.
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
            return Statx(CurrentDirectory, path, NoFollow, AskOwner, buffer) == 0 ? *(uint*)(buffer + 20) : null;

        // macOS: st_dev 4, st_mode 2, st_nlink 2, st_ino 8, st_uid. Unproven.
        return Lstat(path, buffer) == 0 ? *(uint*)(buffer + 16) : null;
    }

    /// <summary>The kind of what a path leads to, a number as in S_IFMT; 0 where there is nothing.</summary>
    public static unsafe int TypeOf(string path, bool followLinks)
    {
        const int TypeMask = 0xF000;
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
            return Statx(CurrentDirectory, path, followLinks ? 0 : NoFollow, AskType, buffer) == 0 ? *(ushort*)(buffer + 28) & TypeMask : 0;

        // macOS: st_mode at 4. Unproven.
        return (followLinks ? Stat(path, buffer) : Lstat(path, buffer)) == 0 ? *(ushort*)(buffer + 4) & TypeMask : 0;
    }

    [LibraryImport(Name, EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int fd, int operation);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatxAt(int directory, byte[] path, int flags, uint mask, byte* buffer);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatxAt(int directory, byte* path, int flags, uint mask, byte* buffer);

    [LibraryImport(Name, EntryPoint = "fstatat", SetLastError = true)]
    private static unsafe partial int StatAt(int directory, byte* path, byte* buffer, int flags);

    [LibraryImport(Name, EntryPoint = "fstatat", SetLastError = true)]
    private static unsafe partial int StatAt(int directory, byte[] path, byte* buffer, int flags);

    [LibraryImport(Name, EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Lstat(string path, byte* buffer);

    [LibraryImport(Name, EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* buffer);
}
