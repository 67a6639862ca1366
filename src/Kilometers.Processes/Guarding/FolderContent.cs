using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Processes.Guarding;

/// <summary>
/// Deletes what is in a directory, by descriptors: nothing is reached by a path that another process could lead elsewhere meanwhile,
/// and no link is followed.
/// </summary>
internal static unsafe partial class FolderContent
{
    private const int MaxDepth = 128;
    private const string Name = "libc";
    private static readonly int OpenFolder =
        Libc.OpenCloseOnExec
        | (
            OperatingSystem.IsLinux()
                ? RuntimeInformation.ProcessArchitecture == Architecture.Arm64
                    ? 0x4000 | 0x8000
                    : 0x10000 | 0x20000
                : 0x100000 | 0x100
        );

    private static readonly int RemoveFolder = OperatingSystem.IsLinux() ? 0x200 : 0x80;

    // Where the name is in struct dirent.
    private static readonly int NameOffset = OperatingSystem.IsLinux() ? 19 : 21;

    /// <summary>Opens a directory that is not a link; null if that fails.</summary>
    public static SafeFileHandle? Open(string path)
    {
        var fd = Libc.Open(path, OpenFolder, 0);
        return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>Deletes all that is in it, as far as that can be done; the directory itself stays.</summary>
    public static void Delete(SafeFileHandle folder)
    {
        var copy = OpenAt((int)folder.DangerousGetHandle(), ".\0"u8, OpenFolder);
        if (copy >= 0)
            Delete(copy, 0);
    }

    /// <summary>Removes a directory that has nothing in it.</summary>
    public static int RemoveEmpty(string path) => Rmdir(path);

    // Takes the descriptor over.
    private static void Delete(int folder, int depth)
    {
        var stream = OpenStream(folder);
        if (stream == 0)
        {
            _ = Libc.Close(folder);
            return;
        }

        foreach (var name in Names(stream))
        {
            if (UnlinkAt(folder, name, 0) == 0 || depth == MaxDepth)
                continue;
            var below = OpenAt(folder, name, OpenFolder);
            if (below < 0)
                continue;
            Delete(below, depth + 1);
            _ = UnlinkAt(folder, name, RemoveFolder);
        }

        _ = CloseStream(stream);
    }

    /// <summary>All names first: what is removed while a directory is read may hide what is not.</summary>
    private static List<byte[]> Names(nint stream)
    {
        var names = new List<byte[]>();
        while (ReadStream(stream) is var entry && entry != 0)
        {
            var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + NameOffset);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                names.Add([.. name, 0]);
        }

        return names;
    }

    [LibraryImport(Name, EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Name, EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(int folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Name, EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rmdir(string path);

    [LibraryImport(Name, EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int folder);

    [LibraryImport(Name, EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadStream(nint stream);

    [LibraryImport(Name, EntryPoint = "closedir", SetLastError = true)]
    private static partial int CloseStream(nint stream);
}
