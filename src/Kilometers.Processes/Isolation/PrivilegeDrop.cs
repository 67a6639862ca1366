using System.Runtime.InteropServices;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// No capabilities, and no way to any: <c>no_new_privs</c> keeps programs from giving them at their start, also those of root. Without,
/// root could read everybody's files and raise its own limits.
/// </summary>
internal static unsafe class PrivilegeDrop
{
    private const int SetNoNewPrivileges = 38;
    private const int Ambient = 47;
    private const int ClearAmbient = 4;
    private const uint Version3 = 0x20080522;

    public static void NoNew()
    {
        if (Libc.Prctl(SetNoNewPrivileges, 1, 0, 0, 0) != 0)
            throw new SandboxException("no_new_privs", LinuxCalls.LastErrorText());
    }

    public static void GiveUp()
    {
        _ = Libc.Prctl(Ambient, ClearAmbient, 0, 0, 0);
        var header = new Header { Version = Version3 };
        var none = stackalloc uint[6];
        new Span<uint>(none, 6).Clear();
        var number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 126 : 91;
        if (LinuxCalls.Call(number, (nint)(&header), (nint)none, 0, 0) != 0)
            throw new SandboxException("capabilities", LinuxCalls.LastErrorText());
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public uint Version;
        public int Process;
    }
}
