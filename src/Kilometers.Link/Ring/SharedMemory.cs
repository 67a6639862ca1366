using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Link.Ring;

/// <summary>
/// Memory that two processes share, without a name in any file system (Linux <c>memfd_create</c>). Pages that nobody touched take no memory.
/// </summary>
public sealed unsafe partial class SharedMemory : IDisposable
{
    private const int Seals = 0x2 | 0x4; // F_SEAL_SHRINK, F_SEAL_GROW: a mapping of it never loses its ground.
    private const int FutureWrite = 0x10;
    private const int AddSeals = 1033;
    private const int GetSeals = 1034;

    private SharedMemory(SafeFileHandle file, byte* start, long size)
    {
        File = file;
        Start = start;
        Size = size;
    }

    /// <summary>Its descriptor, to be passed on.</summary>
    public SafeFileHandle File { get; }

    /// <summary>Where it is mapped here.</summary>
    public byte* Start { get; private set; }

    /// <summary>Its size in bytes.</summary>
    public long Size { get; }

    /// <summary>Makes and maps new memory.</summary>
    /// <param name="size">Bytes, a multiple of the page size.</param>
    /// <param name="onlyHere">Whether all later mappings, in whatever process, can only read it.</param>
    /// <returns>The memory; null where the system has none to give.</returns>
    public static SharedMemory? TryCreate(long size, bool onlyHere)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var descriptor = CreateFile("km", 1 | 2); // MFD_CLOEXEC, MFD_ALLOW_SEALING
        if (descriptor < 0)
            return null;
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        var start = Truncate(descriptor, (nint)size) == 0 ? Map(descriptor, size, canWrite: true) : null;
        if (start != null)
        {
            // A kernel before 5.1 has no seal for later writers: there the host is trusted not to write.
            if (onlyHere && Control(descriptor, AddSeals, Seals | FutureWrite) != 0)
                _ = Control(descriptor, AddSeals, Seals);
            else if (!onlyHere)
                _ = Control(descriptor, AddSeals, Seals);
            return new SharedMemory(file, start, size);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Maps memory that another process made.</summary>
    /// <param name="file">Its descriptor; owned by what is returned.</param>
    /// <param name="canWrite">Whether to map it for writing too.</param>
    /// <returns>The memory; null where it cannot be mapped, or its maker could take it away again.</returns>
    public static SharedMemory? TryOpen(SafeFileHandle file, bool canWrite)
    {
        ArgumentNullException.ThrowIfNull(file);
        var descriptor = (int)file.DangerousGetHandle();
        var seals = Control(descriptor, GetSeals, 0);
        if (seals >= 0 && (seals & Seals) == Seals && RandomAccess.GetLength(file) is > 0 and var size)
        {
            var start = Map(descriptor, size, canWrite);
            if (start != null)
                return new SharedMemory(file, start, size);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Gives the memory of a range back to the system; it reads as zeros afterwards.</summary>
    /// <param name="offset">Where it starts, a multiple of the page size.</param>
    /// <param name="length">Bytes, a multiple of the page size.</param>
    public void Release(long offset, long length) => _ = Punch((int)File.DangerousGetHandle(), 1 | 2, (nint)offset, (nint)length);

    /// <summary>Unmaps it.</summary>
    public void Dispose()
    {
        if (Start == null)
            return;
        _ = Unmap(Start, (nuint)Size);
        Start = null;
        File.Dispose();
    }

    private static byte* Map(int descriptor, long size, bool canWrite)
    {
        const int Shared = 1;
        var start = MapMemory(null, (nuint)size, canWrite ? 3 : 1, Shared, descriptor, 0);
        return (nint)start == -1 ? null : start;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int Truncate(int descriptor, nint size);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "fallocate")]
    private static partial int Punch(int descriptor, int mode, nint offset, nint length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MapMemory(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
