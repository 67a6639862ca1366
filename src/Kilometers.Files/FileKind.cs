using System.Runtime.InteropServices;

namespace Kilometers.Files;

/// <summary>What a path leads to, found out without opening it: the opening of a pipe alone may wait for ever.</summary>
public static partial class FileKind
{
    private const int CurrentDirectory = -100;
    private const uint AskType = 0x1;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Whether a path leads, through links too, to a plain file.</summary>
    /// <param name="path">Any path.</param>
    /// <returns>False for directories, devices, pipes, sockets, and where there is nothing.</returns>
    public static unsafe bool IsPlain(string path)
    {
        if (OperatingSystem.IsWindows()) return File.Exists(path);
        var buffer = stackalloc byte[512];

        // struct statx: stx_mode at 28. macOS: struct stat, st_mode at 4; unproven.
        var mode = OperatingSystem.IsLinux()
            ? Statx(CurrentDirectory, path, 0, AskType, buffer) == 0 ? *(ushort*)(buffer + 28) : 0
            : Stat(path, buffer) == 0 ? *(ushort*)(buffer + 4) : 0;
        return (mode & TypeMask) == Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* buffer);
}
