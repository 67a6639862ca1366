using System.Runtime.InteropServices;

namespace Kilometers.HostilePlugin;

/// <summary>System calls as they are: no library stands between the attempt and the kernel.</summary>
internal static partial class Native
{
    /// <summary>Some text, for calls that want one.</summary>
    public static readonly unsafe byte* Name = (byte*)Marshal.StringToCoTaskMemUTF8("hostile");

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeFolder(string path);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFolder(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nint length, int access, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int file, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "truncate", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Truncate(string path, nint length);

    [LibraryImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    public static partial int SetGroup(int process, int group);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    public static unsafe partial int SetLimit(int process, int resource, ulong* limit, ulong* old);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int Control(int option, nint a, nint b, nint c, nint d);

    public static string Outcome(nint result) => result >= 0 ? "allowed" : Denied(Marshal.GetLastPInvokeError());

    public static string Denied(int errno) =>
        errno switch
        {
            1 => "denied (EPERM)",
            13 => "denied (EACCES)",
            25 => "denied (ENOTTY)",
            38 => "denied (ENOSYS)",
            97 => "denied (EAFNOSUPPORT)",
            _ => $"failed ({errno})",
        };
}
