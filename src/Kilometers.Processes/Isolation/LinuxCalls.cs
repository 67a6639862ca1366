using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>System calls of Linux that the C library has no function for, or none that is old enough. Numbers are the same on x64 and arm64 unless said.</summary>
internal static unsafe partial class LinuxCalls
{
    public const int Enosys = 38;
    public const int Eopnotsupp = 95;

    private const string Name = "libc";
    private const int OpenPath = 0x200000;
    private const int CloseOnExec = 0x80000;
    private const nint CreateRuleset = 444;
    private const nint AddRule = 445;
    private const nint RestrictSelf = 446;
    private const nint CloseRange = 436;
    private const nint PidfdOpen = 434;
    private const nint PidfdGetfd = 438;

    private static nint CompareProcesses { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 272 : 312;

    private static int NoFollow { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    public static int LandlockCreateRuleset(void* attributes, nuint size, uint flags) =>
        (int)Call(CreateRuleset, (nint)attributes, (nint)size, (nint)flags, 0);

    public static int LandlockAddRule(int ruleset, int type, void* attributes) => (int)Call(AddRule, ruleset, type, (nint)attributes, 0);

    public static int LandlockRestrictSelf(int ruleset) => (int)Call(RestrictSelf, ruleset, 0, 0, 0);

    /// <summary>Closes every descriptor from the number on, either now or when the program is exchanged.</summary>
    public static int MarkCloseOnExec(int first) => (int)Call(CloseRange, first, -1, 4, 0);

    /// <summary>A descriptor of a process, closed when another program is executed.</summary>
    public static int OpenProcess(int process) => (int)Call(PidfdOpen, process, 0, 0, 0);

    /// <summary>A duplicate of another process's descriptor, closed at an exec. Needs the right to trace that process.</summary>
    public static int Duplicate(int process, int descriptor) => (int)Call(PidfdGetfd, process, descriptor, 0, 0);

    /// <summary>A descriptor that only names a file; -1 and the error where that cannot be had.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followsLink">Whether a link in the last part is followed, or named itself.</param>
    public static int OpenToName(string path, bool followsLink = true) => Open(path, OpenPath | CloseOnExec | (followsLink ? 0 : NoFollow));

    /// <summary>Whether a thread has other descriptors than its process. Where the kernel cannot compare them they count as the same.</summary>
    public static bool HaveOwnDescriptors(int process, int thread)
    {
        const int CompareFiles = 2;
        return Call(CompareProcesses, process, thread, CompareFiles, 0) > 0;
    }

    /// <summary>Whether a file is on a file system that is kept in memory.</summary>
    public static bool IsInMemory(string path)
    {
        // f_type is the first field: tmpfs (memfd and shared memory too), ramfs, hugetlbfs.
        var buffer = stackalloc byte[256];
        return FileSystem(path, buffer) == 0 && *(uint*)buffer is 0x01021994 or 0x858458f6 or 0x958458f6;
    }

    public static int LastError() => Marshal.GetLastPInvokeError();

    public static string LastErrorText() => Libc.ErrorText(Marshal.GetLastPInvokeError());

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint argument1, nint argument2, nint argument3, nint argument4);

    [LibraryImport(Name, EntryPoint = "process_vm_readv", SetLastError = true)]
    public static partial nint ReadMemory(int process, Vector* here, nuint countHere, Vector* there, nuint countThere, nuint flags);

    [LibraryImport(Name, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Name, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport(Name, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, byte* address, uint length);

    [LibraryImport(Name, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(int descriptor, uint mode);

    [LibraryImport(Name, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint command, void* argument);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Name, EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileSystem(string path, byte* buffer);

    [LibraryImport(Name, EntryPoint = "fchdir", SetLastError = true)]
    public static partial int EnterFolder(int descriptor);

    [LibraryImport(Name, EntryPoint = "execve", SetLastError = true)]
    public static partial int Execve(byte* path, byte** argv, byte** environment);

    [LibraryImport(Name, EntryPoint = "umask")]
    public static partial uint Umask(uint mask);

    [LibraryImport(Name, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, Limit* limit);

    [LibraryImport(Name, EntryPoint = "prlimit", SetLastError = true)]
    public static partial int SetLimitOf(int process, int resource, Limit* limit, Limit* old);

    [LibraryImport(Name, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, Limit* limit);

    /// <summary>A piece of a process's memory (<c>struct iovec</c>).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public nint Start;
        public nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
