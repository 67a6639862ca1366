using System.Runtime.InteropServices;

namespace Kilometers.Files;

/// <summary>What .NET does not offer about files: who owns one, opening without following a link, and flushing a directory.</summary>
internal static partial class Libc
{
    private const string Name = "libc";
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint AskType = 0x1;
    private const uint AskOwner = 0x8;

    public static int OpenNoFollow { get; } = OperatingSystem.IsLinux() ? (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000) : 0x100;

    public static int OpenCloseOnExec { get; } = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    public static int Eloop { get; } = OperatingSystem.IsLinux() ? 40 : 62;

    public static int WouldBlock { get; } = OperatingSystem.IsLinux() ? 11 : 35;

    public static int Interrupted => 4;

    public static int Enoent => 2;

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int fd);

    [LibraryImport(Name, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    /// <summary>Takes the lock of an open file for itself, or fails at once with <see cref="WouldBlock"/>.</summary>
    public static int TryFlock(int fd) => Flock(fd, 2 | 4);

    [LibraryImport(Name, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>The owner of a file, or of the link itself; null where it cannot be told.</summary>
    public static unsafe uint? OwnerOf(string path)
    {
        // Large enough for the structure of either system.
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux()) return Statx(CurrentDirectory, path, NoFollow, AskOwner, buffer) == 0 ? *(uint*)(buffer + 20) : null;

        // macOS: st_dev 4, st_mode 2, st_nlink 2, st_ino 8, st_uid. Unproven.
        return Lstat(path, buffer) == 0 ? *(uint*)(buffer + 16) : null;
    }

    /// <summary>The kind of what a path leads to, a number as in S_IFMT; 0 where there is nothing.</summary>
    public static unsafe int TypeOf(string path, bool followLinks)
    {
        const int TypeMask = 0xF000;
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux()) return Statx(CurrentDirectory, path, followLinks ? 0 : NoFollow, AskType, buffer) == 0 ? *(ushort*)(buffer + 28) & TypeMask : 0;

        // macOS: st_mode at 4. Unproven.
        return (followLinks ? Stat(path, buffer) : Lstat(path, buffer)) == 0 ? *(ushort*)(buffer + 4) & TypeMask : 0;
    }

    [LibraryImport(Name, EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int fd, int operation);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport(Name, EntryPoint = "lstat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Lstat(string path, byte* buffer);

    [LibraryImport(Name, EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* buffer);
}
