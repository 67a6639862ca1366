using System.Runtime.InteropServices;

namespace Kilometers.HostilePlugin;

/// <summary>Ways to take more than a limit where a careless look does not count. Each goes on until it is stopped, and says what stopped it.</summary>
internal static unsafe class Evasions
{
    private const int Portion = 64 << 20;
    private static readonly bool X64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>The evasion of a mode; null: it is not one.</summary>
    /// <param name="mode">See Program.cs.</param>
    /// <param name="state">The state directory.</param>
    public static Func<string>? Of(string mode, string state) =>
        mode switch
        {
            "hidden" => Hide,
            "deleted" => () => Fill(state, deletes: true),
            "allocated" => () => Fill(state),
            "closed" => () => Fill(Closed(state)),
            "deep" => () => Fill(Deep(state)),
            "memory-file" => FillMemoryFiles,
            "passed" => Pass,
            "bursts" => Burst,
            _ => null,
        };

    /// <summary>Takes shared memory, which no limit of the process itself covers.</summary>
    public static string ShareMemory()
    {
        while (true)
        {
            const int ReadWrite = 3;
            const int SharedAnonymous = 0x21;
            var memory = Native.Map(0, Portion, ReadWrite, SharedAnonymous, -1, 0);
            if (memory == -1)
                return Native.Denied(Marshal.GetLastPInvokeError());
            new Span<byte>((void*)memory, Portion).Fill(1);
            Thread.Sleep(20);
        }
    }

    private static string Hide()
    {
        const int SetDumpable = 4;
        return Native.Control(SetDumpable, 0, 0, 0, 0) != 0 ? Native.Denied(Marshal.GetLastPInvokeError()) : "allowed";
    }

    /// <summary>Files of which no byte is written: what they take is not what their size says.</summary>
    public static string Fill(string folder, bool deletes = false)
    {
        for (var i = 0; ; i++)
        {
            // By system calls: what the library makes of a path would be too long.
            const int CreateToWrite = 0x41;
            const int KeepSize = 1;
            var path = folder + $"/{i}";
            var file = Native.Open(path, CreateToWrite, 0x180);
            if (file < 0)
                return Native.Denied(Marshal.GetLastPInvokeError());
            if (deletes)
                File.Delete(path);
            if (Native.Call(X64 ? 285 : 47, file, KeepSize, 0, Portion) != 0)
                return Native.Denied(Marshal.GetLastPInvokeError());
            Thread.Sleep(20);
        }
    }

    /// <summary>A folder that can be written to and not be listed: it is made so, because nothing may be changed later.</summary>
    private static string Closed(string state)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        var folder = Path.Combine(state, "closed");
        Directory.CreateDirectory(folder, UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>A folder below a path that is longer than the system takes.</summary>
    private static string Deep(string state)
    {
        Directory.SetCurrentDirectory(state);
        var name = new string('d', 200);
        for (var level = 0; level < 40; level++)
        {
            _ = Native.MakeFolder(name, 0x1C0);
            _ = Native.ChangeFolder(name);
        }

        return ".";
    }

    private static string FillMemoryFiles()
    {
        var content = new byte[Portion];
        Array.Fill(content, (byte)1);
        while (true)
        {
            var name = (byte)0;
            var file = Native.Call(X64 ? 319 : 279, (nint)(&name), 0);
            if (file < 0)
                return Native.Denied(Marshal.GetLastPInvokeError());
            fixed (byte* bytes = content)
                _ = Native.Write((int)file, bytes, Portion);
            Thread.Sleep(20);
        }
    }

    /// <summary>Sends itself a descriptor and does not receive it: only the socket holds it then.</summary>
    private static string Pass()
    {
        var pair = stackalloc int[2];
        const int UnixFamily = 1;
        const int Stream = 1;
        if (Native.Call(X64 ? 53 : 199, UnixFamily, Stream, 0, (nint)pair) != 0)
            return Native.Denied(Marshal.GetLastPInvokeError());

        // struct msghdr with one byte of data and one control message: SCM_RIGHTS with one descriptor.
        var data = (byte)1;
        var vector = stackalloc nint[2] { (nint)(&data), 1 };
        var control = stackalloc long[3];
        control[0] = 20;
        ((int*)control)[2] = 1;
        ((int*)control)[3] = 1;
        ((int*)control)[4] = pair[1];
        var message = stackalloc nint[7] { 0, 0, (nint)vector, 1, (nint)control, 24, 0 };
        return Native.Call(X64 ? 46 : 211, pair[0], (nint)message, 0) < 0 ? Native.Denied(Marshal.GetLastPInvokeError()) : "allowed";
    }

    /// <summary>Busy, but for a pause now and then that is longer than the time between two looks.</summary>
    private static string Burst()
    {
        while (true)
        {
            for (var start = Environment.TickCount64; Environment.TickCount64 - start < 4000; )
                Thread.SpinWait(1000);
            Thread.Sleep(4000);
        }
    }
}
