using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>System calls of Linux that the C library has no function for, or none that is old enough. Numbers are the same on x64 and arm64.</summary>
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

    public static int LandlockCreateRuleset(void* attributes, nuint size, uint flags) => (int)Call(CreateRuleset, (nint)attributes, (nint)size, (nint)flags, 0);

    public static int LandlockAddRule(int ruleset, int type, void* attributes) => (int)Call(AddRule, ruleset, type, (nint)attributes, 0);

    public static int LandlockRestrictSelf(int ruleset) => (int)Call(RestrictSelf, ruleset, 0, 0, 0);

    /// <summary>Closes every descriptor from the number on, either now or when the program is exchanged.</summary>
    public static int MarkCloseOnExec(int first) => (int)Call(CloseRange, first, -1, 4, 0);

    /// <summary>A descriptor that only names a file; -1 and the error where that cannot be had.</summary>
    public static int OpenToName(string path) => Open(path, OpenPath | CloseOnExec);

    public static int LastError() => Marshal.GetLastPInvokeError();

    public static string LastErrorText() => Libc.ErrorText(Marshal.GetLastPInvokeError());

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint argument1, nint argument2, nint argument3, nint argument4);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Name, EntryPoint = "execve", SetLastError = true)]
    public static partial int Execve(byte* path, byte** argv, byte** environment);

    [LibraryImport(Name, EntryPoint = "umask")]
    public static partial uint Umask(uint mask);

    [LibraryImport(Name, EntryPoint = "signal", SetLastError = true)]
    public static partial nint SetSignal(int signal, nint handler);

    [LibraryImport(Name, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, Limit* limit);

    [LibraryImport(Name, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, Limit* limit);

    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
