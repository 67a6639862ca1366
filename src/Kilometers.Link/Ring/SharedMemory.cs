using System.Runtime.InteropServices;
using Kilometers.Processes;
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

    private readonly SafeFileHandle _file;

    private SharedMemory(SafeFileHandle file, SafeFileHandle passed, byte* start, long size)
    {
        _file = file;
        Passed = passed;
        Start = start;
        Size = size;
    }

    /// <summary>Its descriptor for another process.</summary>
    public SafeFileHandle Passed { get; }

    /// <summary>Where it is mapped here.</summary>
    public byte* Start { get; private set; }

    /// <summary>Its size in bytes.</summary>
    public long Size { get; }

    /// <summary>
    /// Makes and maps new memory. Others get a descriptor that is open for reading alone. Where there is no /proc to open one in, a seal forbids
    /// later mappings to write; but that seal forbids <see cref="Release"/> as well.
    /// </summary>
    /// <param name="size">Bytes, a multiple of the page size.</param>
    /// <param name="onlyHere">Whether only this mapping can write it.</param>
    /// <returns>The memory; null where the system has none to give, or a limit would leave too little beside it.</returns>
    public static SharedMemory? TryCreate(long size, bool onlyHere)
    {
        if (!OperatingSystem.IsLinux() || !ResourceHeadroom.HasAddressSpaceFor(size))
            return null;
        var descriptor = CreateFile("km", 1 | 2); // MFD_CLOEXEC, MFD_ALLOW_SEALING
        if (descriptor < 0)
            return null;
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        var start = Truncate(descriptor, (nint)size) == 0 ? Map(descriptor, size, canWrite: true) : null;
        if (start == null)
        {
            file.Dispose();
            return null;
        }

        var passed = onlyHere ? OpenForReading(descriptor) : file;

        // A kernel before 5.1 has no seal for later writers: there, without /proc, the host is trusted not to write.
        if (passed is not null || Control(descriptor, AddSeals, Seals | FutureWrite) != 0)
            _ = Control(descriptor, AddSeals, Seals);
        return new SharedMemory(file, passed ?? file, start, size);
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
                return new SharedMemory(file, file, start, size);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Gives the memory of a range back to the system, where it can be; it reads as zeros afterwards.</summary>
    /// <param name="offset">Where it starts, a multiple of the page size.</param>
    /// <param name="length">Bytes, a multiple of the page size.</param>
    public void Release(long offset, long length) => _ = Punch((int)_file.DangerousGetHandle(), 1 | 2, (nint)offset, (nint)length);

    /// <summary>Unmaps it.</summary>
    public void Dispose()
    {
        if (Start == null)
            return;
        _ = Unmap(Start, (nuint)Size);
        Start = null;
        _file.Dispose();
        Passed.Dispose();
    }

    private static SafeFileHandle? OpenForReading(int descriptor)
    {
        const int ReadOnlyAndClosedByExec = 0x80000; // O_RDONLY | O_CLOEXEC
        var opened = Open($"/proc/self/fd/{descriptor}", ReadOnlyAndClosedByExec);
        return opened < 0 ? null : new SafeFileHandle(opened, ownsHandle: true);
    }

    private static byte* Map(int descriptor, long size, bool canWrite)
    {
        const int Shared = 1;
        var start = MapMemory(null, (nuint)size, canWrite ? 3 : 1, Shared, descriptor, 0);
        return (nint)start == -1 ? null : start;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

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
