using System.Runtime.InteropServices;

namespace Kilometers.Processes.Unix;

/// <summary>The few calls of the C library that .NET does not offer. All integers are C <c>int</c> unless said.</summary>
internal static partial class Libc
{
    public const int Eintr = 4;
    public const int Enoent = 2;
    public const int Enoexec = 8;
    public const int Echild = 10;
    public const int Enomem = 12;
    public const int Eacces = 13;
    public const int Enotdir = 20;
    public const int Epipe = 32;

    public const int PollIn = 1;
    public const int PollOut = 4;
    public const int PollErr = 8;
    public const int PollHangup = 16;

    public const int PrSetChildSubreaper = 36;

    public const int SetDescriptorFlags = 2;

    public const int Sigpipe = 13;

    private const string Name = "libc";

    /// <summary>SIGSTOP differs between Linux and the BSDs.</summary>
    public static int Sigstop { get; } = OperatingSystem.IsLinux() ? 19 : 17;

    public static int OpenCloseOnExec { get; } = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    /// <summary>EAGAIN differs between Linux and the BSDs.</summary>
    public static int Eagain { get; } = OperatingSystem.IsLinux() ? 11 : 35;

    [LibraryImport(Name, EntryPoint = "read", SetLastError = true)]
    public static unsafe partial nint Read(int fd, byte* buffer, nint count);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int fd, byte* buffer, nint count);

    [LibraryImport(Name, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Name, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Dup2(int fd, int newFd);

    [LibraryImport(Name, EntryPoint = "dup3", SetLastError = true)]
    public static partial int Dup3(int fd, int newFd, int flags);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport(Name, EntryPoint = "execvp", SetLastError = true)]
    public static unsafe partial int Execvp(byte* file, byte** argv);

    [LibraryImport(Name, EntryPoint = "getauxval")]
    public static partial nint AuxiliaryValue(nint type);

    [LibraryImport(Name, EntryPoint = "sigaction", SetLastError = true)]
    public static unsafe partial int SignalAction(int signal, byte* action, byte* old);

    [LibraryImport(Name, EntryPoint = "signal", SetLastError = true)]
    public static partial nint SetSignal(int signal, nint handler);

    [LibraryImport(Name, EntryPoint = "sigtimedwait", SetLastError = true)]
    public static unsafe partial int SignalTimedWait(byte* signals, byte* info, nint* time);

    [LibraryImport(Name, EntryPoint = "getrlimit", SetLastError = true)]
    public static unsafe partial int GetLimit(int resource, ulong* softAndHard);

    [LibraryImport(Name, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport(Name, EntryPoint = "poll", SetLastError = true)]
    public static unsafe partial int Poll(PollFd* fds, nuint count, int timeoutMilliseconds);

    [LibraryImport(Name, EntryPoint = "pipe2", SetLastError = true)]
    public static unsafe partial int Pipe2(int* fds, int flags);

    [LibraryImport(Name, EntryPoint = "pipe", SetLastError = true)]
    public static unsafe partial int Pipe(int* fds);

    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport(Name, EntryPoint = "getppid")]
    public static partial int ParentProcess();

    [LibraryImport(Name, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(Name, EntryPoint = "waitpid", SetLastError = true)]
    public static unsafe partial int WaitPid(int pid, int* status, int options);

    [LibraryImport(Name, EntryPoint = "waitid", SetLastError = true)]
    public static unsafe partial int WaitId(int idType, int id, byte* info, int options);

    [LibraryImport(Name, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int priority);

    [LibraryImport(Name, EntryPoint = "getpriority", SetLastError = true)]
    public static partial int GetPriority(int which, int who);

    [LibraryImport(Name, EntryPoint = "gettid")]
    public static partial int GetThreadId();

    [LibraryImport(Name, EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Name, EntryPoint = "nanosleep")]
    public static unsafe partial int Nanosleep(nint* time, nint* left);

    [LibraryImport(Name, EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSid();

    [LibraryImport(Name, EntryPoint = "posix_spawnp")]
    public static unsafe partial int PosixSpawnp(
        int* pid,
        byte* file,
        byte* fileActions,
        byte* attributes,
        byte** argv,
        byte** environment
    );

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_init")]
    public static unsafe partial int FileActionsInit(byte* fileActions);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static unsafe partial int FileActionsDestroy(byte* fileActions);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static unsafe partial int FileActionsAddDup2(byte* fileActions, int fd, int newFd);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_addclose")]
    public static unsafe partial int FileActionsAddClose(byte* fileActions, int fd);

    [LibraryImport(Name, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static unsafe partial int FileActionsAddCloseFrom(byte* fileActions, int from);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_init")]
    public static unsafe partial int AttributesInit(byte* attributes);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_destroy")]
    public static unsafe partial int AttributesDestroy(byte* attributes);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setflags")]
    public static unsafe partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setpgroup")]
    public static unsafe partial int AttributesSetGroup(byte* attributes, int group);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setsigmask")]
    public static unsafe partial int AttributesSetMask(byte* attributes, byte* signals);

    [LibraryImport(Name, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static unsafe partial int AttributesSetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport(Name, EntryPoint = "sigemptyset")]
    public static unsafe partial int SignalSetEmpty(byte* signals);

    [LibraryImport(Name, EntryPoint = "sigaddset")]
    public static unsafe partial int SignalSetAdd(byte* signals, int signal);

    /// <summary>The C library's own <c>environ</c>: the environment as bytes, before any decoding.</summary>
    public static unsafe byte** Environ()
    {
        var library = NativeLibrary.Load(Name, typeof(Libc).Assembly, null);
        return *(byte***)NativeLibrary.GetExport(library, "environ");
    }

    public static string ErrorText(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Revents;
    }
}
