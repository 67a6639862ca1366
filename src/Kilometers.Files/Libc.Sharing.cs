using System.Runtime.InteropServices;

namespace Kilometers.Files;

/// <summary>For files that other programs write too: who has one open, its extended attributes, two names exchanged at once.</summary>
internal static partial class Libc
{
    private const int SetLease = 1024;
    private const int GetLease = 1025;
    private const int SetSignal = 10;
    private const int ReadLease = 0;
    private const int NoLease = 2;

    /// <summary>SIGURG: ignored unless a program asks for it.</summary>
    private const int HarmlessSignal = 23;

    public static int Again { get; } = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>ENOTSUP: the file system has no such thing.</summary>
    public static int NotSupported { get; } = OperatingSystem.IsLinux() ? 95 : 45;

    /// <summary>ENODATA, or ENOATTR on macOS.</summary>
    public static int NoAttribute { get; } = OperatingSystem.IsLinux() ? 61 : 93;

    public const int InvalidArgument = 22;

    /// <summary>ENOSYS.</summary>
    public static int NoSuchCall { get; } = OperatingSystem.IsLinux() ? 38 : 78;

    /// <summary>Asks the kernel to hold back every process that opens a file for writing, until <see cref="ReleaseLease"/>.</summary>
    /// <param name="fd">The file, open for reading only.</param>
    /// <returns>0, or -1 and the error: <see cref="Again"/> where a process has it open for writing.</returns>
    public static int TakeLease(int fd)
    {
        // The kernel tells the holder by a signal, and the usual one would end this process.
        _ = Control(fd, SetSignal, HarmlessSignal);
        return Control(fd, SetLease, ReadLease);
    }

    public static void ReleaseLease(int fd) => _ = Control(fd, SetLease, NoLease);

    /// <summary>Whether a process is being held back.</summary>
    public static bool IsLeaseWanted(int fd) => Control(fd, GetLease, 0) != ReadLease;

    /// <summary>Exchanges what two names lead to, in one step.</summary>
    /// <returns>0, or -1 and the error.</returns>
    public static int Exchange(string one, string other) =>
        OperatingSystem.IsLinux() ? RenameAt2(CurrentDirectory, one, CurrentDirectory, other, 2) : RenameSwap(one, other, 2);

    /// <summary>Group and number of names of a file.</summary>
    public static unsafe (uint Group, uint Links)? GroupOf(string path)
    {
        const uint AskLinksGroup = 0x4 | 0x10;
        var buffer = stackalloc byte[512];
        if (OperatingSystem.IsLinux())
            return Statx(CurrentDirectory, path, NoFollow, AskLinksGroup, buffer) == 0
                ? (*(uint*)(buffer + 24), *(uint*)(buffer + 16))
                : null;

        // macOS: st_dev 4, st_mode 2, st_nlink 2, st_ino 8, st_uid 4, st_gid. Unproven.
        return Lstat(path, buffer) == 0 ? (*(uint*)(buffer + 20), *(ushort*)(buffer + 6)) : null;
    }

    /// <summary>A path without links in it; null and the error where it leads nowhere.</summary>
    public static string? RealPath(string path)
    {
        var found = FindRealPath(path, 0);
        if (found == 0)
            return null;
        var text = Marshal.PtrToStringUTF8(found);
        Free(found);
        return text;
    }

    /// <summary>Fails with EEXIST where something is there.</summary>
    [LibraryImport(Name, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, int mode);

    [LibraryImport(Name, EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport(Name, EntryPoint = "llistxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ListAttributes(string path, byte[]? names, nint size);

    [LibraryImport(Name, EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetAttribute(string path, byte[] name, byte[]? value, nint size);

    [LibraryImport(Name, EntryPoint = "lsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetAttribute(string path, byte[] name, byte[] value, nint size, int flags);

    [LibraryImport(Name, EntryPoint = "lremovexattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveAttribute(string path, byte[] name);

    /// <summary>macOS: access list, owner, mode and extended attributes in one call (1 | 2 | 4).</summary>
    [LibraryImport(Name, EntryPoint = "copyfile", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CopyFile(string from, string to, nint state, uint flags);

    [LibraryImport(Name, EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint FindRealPath(string path, nint buffer);

    [LibraryImport(Name, EntryPoint = "free")]
    private static partial void Free(nint memory);

    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int fd, int command, int argument);

    [LibraryImport(Name, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport(Name, EntryPoint = "renamex_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameSwap(string from, string to, uint flags);
}
