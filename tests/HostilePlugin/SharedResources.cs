using System.Runtime.InteropServices;

namespace Kilometers.HostilePlugin;

/// <summary>Attempts to use up, or to hold, what all of the user's processes share.</summary>
internal static unsafe class SharedResources
{
    private const int Again = 11;
    private static readonly bool X64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Each timer has its place in the queue from the start.</summary>
    public static string TakeTimers()
    {
        const int Many = 20_000;
        const int Monotonic = 1;
        var timers = new List<int>();
        var notify = stackalloc byte[64];
        new Span<byte>(notify, 64).Clear();
        *(int*)(notify + 12) = 1; // SIGEV_NONE
        try
        {
            while (timers.Count < Many)
            {
                int timer;
                if (Native.Call(X64 ? 222 : 107, Monotonic, (nint)notify, (nint)(&timer)) != 0)
                    return Marshal.GetLastPInvokeError() == Again
                        ? "stopped at the limit of waiting signals"
                        : Native.Denied(Marshal.GetLastPInvokeError());
                timers.Add(timer);
            }

            return "allowed";
        }
        finally
        {
            foreach (var timer in timers)
                _ = Native.Call(X64 ? 226 : 111, timer);
        }
    }

    public static string Lease(string path)
    {
        const int SetLease = 1024;
        using var file = File.OpenHandle(path);
        return Native.Outcome(Native.Call(X64 ? 72 : 25, file.DangerousGetHandle(), SetLease, 0));
    }

    public static string EnlargePipe()
    {
        const int SetPipeSize = 1031;
        var pipe = stackalloc int[2];
        if (Native.Call(X64 ? 293 : 59, (nint)pipe, 0) != 0)
            return "failed (no pipe)";
        try
        {
            return Native.Outcome(Native.Call(X64 ? 72 : 25, pipe[0], SetPipeSize, 1 << 20));
        }
        finally
        {
            foreach (var end in (int[])[pipe[0], pipe[1]])
                _ = Native.Call(X64 ? 3 : 57, end);
        }
    }

    public static string TakeAsynchronousIo()
    {
        nint context = 0;
        return Native.Outcome(Native.Call(X64 ? 206 : 0, 10_000, (nint)(&context)));
    }

    public static string AttachFilter()
    {
        const int SocketLevel = 1;
        const int Attach = 26;
        var pair = stackalloc int[2];
        if (Native.Call(X64 ? 53 : 199, 1, 1, 0, (nint)pair) != 0)
            return "failed (no sockets)";
        try
        {
            var accept = stackalloc ulong[1];
            *accept = 0x0000ffff_00000006;
            var program = stackalloc nint[2];
            (program[0], program[1]) = (1, (nint)accept);
            return Native.Outcome(Native.Call(X64 ? 54 : 208, pair[0], SocketLevel, Attach, (nint)program, 16));
        }
        finally
        {
            foreach (var end in (int[])[pair[0], pair[1]])
                _ = Native.Call(X64 ? 3 : 57, end);
        }
    }
}
