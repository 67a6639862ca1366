using System.Runtime.InteropServices;
using System.Text;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// Answers the <c>bind</c> calls of a confined process and its children. A filter cannot see the name that a socket gets, so the kernel
/// asks here. The process could change the name while it is looked at; therefore the bind is done here as well, on a duplicate of the
/// socket and with a copy of the name.
/// </summary>
internal sealed unsafe class BindRequests(int listener, string folder)
{
    private const uint Receive = 0xc0502100;
    private const uint Send = 0xc0182101;
    private const uint IsStillThere = 0x40082102;
    private const int Eperm = 1;
    private const int Esrch = 3;
    private const int Einval = 22;
    private const int MaxAddress = 110;
    private const ushort UnixFamily = 1;

    /// <summary>The file takes its mode from the socket and the umask, which is the host's here and may leave it open to others.</summary>
    private const uint OwnerOnly = 0x180; // 0600
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private readonly byte[] _folder = Encoding.UTF8.GetBytes(folder + "/");

    /// <summary>Answers until the last process with the filter is gone.</summary>
    public void Serve()
    {
        while (true)
        {
            var poll = new Libc.PollFd { Fd = listener, Events = Libc.PollIn };
            if (Libc.Poll(&poll, 1, -1) < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.Eintr)
                    continue;
                return;
            }

            if ((poll.Revents & Libc.PollIn) == 0)
                return;
            var request = default(Request);
            if (LinuxCalls.Control(listener, Receive, &request) != 0)
                continue; // The caller has been killed.
            var answer = new Answer { Id = request.Id, Error = -Bind(request) };
            _ = LinuxCalls.Control(listener, Send, &answer);

            // A plugin needs a few names. One that asks without end does not use up the host's processor time.
            Scheduling.Sleep(Pause);
        }
    }

    /// <summary>Whether a name is a path for a socket directly in the folder; else why not, as an <c>errno</c>.</summary>
    internal static int Check(ReadOnlySpan<byte> address, ReadOnlySpan<byte> folder)
    {
        if (address.Length < 2 || MemoryMarshal.Read<ushort>(address) != UnixFamily)
            return Einval;
        var path = address[2..];

        // No name: the kernel would choose an abstract one. A name that begins with 0 is abstract.
        if (path.IsEmpty || path[0] == 0)
            return Eperm;
        if (path.IndexOf((byte)0) is >= 0 and var end)
            path = path[..end];
        if (!path.StartsWith(folder))
            return Libc.Eacces;
        var name = path[folder.Length..];
        return name.IsEmpty || name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? Libc.Eacces : 0;
    }

    private int Bind(in Request request)
    {
        var length = request.Length;
        if (length is < 2 or > MaxAddress)
            return Einval;
        var address = stackalloc byte[MaxAddress];
        var here = new LinuxCalls.Vector { Start = (nint)address, Length = length };
        var there = new LinuxCalls.Vector { Start = (nint)request.Address, Length = length };
        if (LinuxCalls.ReadMemory((int)request.Thread, &here, 1, &there, 1, 0) != length)
            return Eperm;
        if (Check(new ReadOnlySpan<byte>(address, length), _folder) is not 0 and var refusal)
            return refusal;
        var process = LinuxCalls.OpenProcess(ProcessOf((int)request.Thread));
        if (process < 0)
            return Esrch;
        var socket = LinuxCalls.Duplicate(process, request.Descriptor);
        var error = socket < 0 ? Marshal.GetLastPInvokeError() : 0;
        _ = Libc.Close(process);
        if (socket < 0)
            return error;

        // The thread was there all the time, so what was read and duplicated is its own, and not of another that got its number.
        var id = request.Id;
        if (LinuxCalls.Control(listener, IsStillThere, &id) != 0)
            error = Esrch;
        else if (LinuxCalls.ChangeMode(socket, OwnerOnly) != 0 || LinuxCalls.Bind(socket, address, (uint)length) != 0)
            error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(socket);
        return error;
    }

    private static int ProcessOf(int thread)
    {
        try
        {
            var line = ProcFile
                .ReadLines($"/proc/{thread}/status")
                .FirstOrDefault(line => line.StartsWith("Tgid:", StringComparison.Ordinal));
            return line is not null && int.TryParse(line.AsSpan(5), out var process) ? process : -1;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary>The kernel's <c>seccomp_notif</c>, with the arguments of <c>bind</c> as wide as the kernel takes them.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct Request
    {
        [FieldOffset(0)]
        public ulong Id;

        [FieldOffset(8)]
        public uint Thread;

        [FieldOffset(32)]
        public int Descriptor;

        [FieldOffset(40)]
        public ulong Address;

        [FieldOffset(48)]
        public int Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Answer
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
