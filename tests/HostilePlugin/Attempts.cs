using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kilometers.HostilePlugin;

/// <summary>One method for each thing that must fail.</summary>
internal static unsafe class Attempts
{
    private static readonly bool X64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static string Make(string attempt, string target, string state)
    {
        try
        {
            return attempt switch
            {
                "read a file" or "read a process's memory" or "read a process's environment" or "read a process's command line" => Do(() =>
                    File.OpenRead(target).Dispose()
                ),
                "list a folder" => Do(() => _ = Directory.GetFileSystemEntries(target)),
                "write a file" => Do(() => File.WriteAllText(target, "was here")),
                "cut a file off" => Native.Outcome(Native.Truncate(target, 0)),
                "change a file's mode" => Native.Outcome(Native.ChangeMode(target, 0x1ff)),
                "delete a file" => Do(() => File.Delete(target)),
                "exchange a file of its own package" => Do(() =>
                    new FileStream(Path.Combine(AppContext.BaseDirectory, "mode"), FileMode.Open, FileAccess.Write).Dispose()
                ),
                "keep a file in its state directory" => Do(() => File.WriteAllText(Path.Combine(state, "kept"), "fine")),
                "connect by TCP" => Connect(
                    AddressFamily.InterNetwork,
                    SocketType.Stream,
                    new IPEndPoint(IPAddress.Loopback, Number(target))
                ),
                "listen on TCP" => Listen(),
                "send by UDP" => Connect(AddressFamily.InterNetwork, SocketType.Dgram, new IPEndPoint(IPAddress.Loopback, Number(target))),
                "connect to a Unix socket" => Connect(AddressFamily.Unix, SocketType.Stream, new UnixDomainSocketEndPoint(target)),
                "connect to an abstract Unix socket" => Connect(
                    AddressFamily.Unix,
                    SocketType.Stream,
                    new UnixDomainSocketEndPoint("\0" + target)
                ),
                "listen under an abstract name" => ListenAt("\0" + target),
                "listen under an abstract name that the kernel chooses" => ListenAt(""),
                "listen outside its folder" => ListenAt(target),
                "make a Unix datagram socket" => Connect(AddressFamily.Unix, SocketType.Dgram, new UnixDomainSocketEndPoint(target)),
                "make a pair of datagram sockets" => Pair(),
                "start a program" => Do(() => Process.Start("/bin/true")!.WaitForExit()),
                "fork without end" => ForkBomb(),
                "trace a process" => Native.Outcome(Native.Call(X64 ? 101 : 117, 0x4206, Number(target))),
                "read a process's memory by a system call" => ReadMemory(Number(target)),
                "kill a process" => Native.Outcome(Native.Kill(Number(target), 9)),
                "kill its process group's neighbours" => Native.Outcome(Native.Kill(0, 9)),
                "lower a process's limits" => LowerLimits(Number(target)),
                "lower a process's priority" => Native.Outcome(Native.SetPriority(0, Number(target), 19)),
                "lower a process group's priority" => Native.Outcome(Native.SetPriority(1, 0, 19)),
                "lower the priority of everything the user runs" => Native.Outcome(Native.SetPriority(2, 0, 19)),
                "lower the disk priority of everything the user runs" => Native.Outcome(Native.Call(X64 ? 251 : 30, 3, 0, 3 << 13)),
                "leave its process group" => Native.Outcome(Native.SetGroup(0, Number(target))),
                "survive its host" => Native.Outcome(Native.Control(1, 0, 0, 0, 0)),
                "use io_uring" => Native.Outcome(Native.Call(425, 1, 0)),
                "load a program into the kernel (bpf)" => Native.Outcome(Native.Call(X64 ? 321 : 280, 0, 0, 0)),
                "make namespaces" => Native.Outcome(Native.Call(X64 ? 272 : 97, 0x10000000)),
                "mount" => Native.Outcome(Native.Call(X64 ? 165 : 40, 0, 0, 0, 0, 0)),
                "use the kernel's keys" => Native.Outcome(Native.Call(X64 ? 250 : 219, 0, -3, 0)),
                "queue a signal" => Native.Outcome(Native.Call(X64 ? 129 : 138, Number(target))),
                "use up the user's signal queue" => SharedResources.TakeTimers(),
                "hold a lease on a file" => SharedResources.Lease(target),
                "enlarge a pipe" => SharedResources.EnlargePipe(),
                "watch a folder" => Native.Outcome(Native.Call(X64 ? 294 : 26)),
                "take the machine's asynchronous I/O" => SharedResources.TakeAsynchronousIo(),
                "take the machine's huge pages" => Native.Outcome(Native.Call(X64 ? 9 : 222, 0, 2 << 20, 3, 0x40022, -1)),
                "write all file systems to disk" => Native.Outcome(Native.Call(X64 ? 162 : 81)),
                "take memory outside its own" => Native.Outcome(Native.Call(X64 ? 319 : 279, (nint)Native.Name)),
                "hide from km's measurements" => Native.Outcome(Native.Control(4, 0, 0, 0, 0)),
                "type into the terminal" => Native.Outcome(Native.Call(X64 ? 16 : 29, 2, 0x5412, (nint)Native.Name)),
                "attach a program to a socket" => SharedResources.AttachFilter(),
                "raise its own limits" => RaiseLimits(),
                "open every descriptor" => OpenAll(),
                "write a file without end" => Fill(state),
                "take memory without end" => TakeMemory(),
                _ => "unknown",
            };
        }
        catch (Exception e)
        {
            return $"failed ({e.GetType().Name}: {e.Message})";
        }
    }

    private static string Do(Action action)
    {
        try
        {
            action();
            return "allowed";
        }
        catch (UnauthorizedAccessException e)
        {
            return e.InnerException is IOException inner && inner.HResult == 1 ? "denied (EPERM)" : "denied (EACCES)";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return Native.Denied(e.NativeErrorCode);
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Connect(AddressFamily family, SocketType type, EndPoint address)
    {
        try
        {
            using var socket = new Socket(family, type, ProtocolType.Unspecified);
            socket.Connect(address);
            socket.Send("hello"u8);
            return "allowed";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.AddressFamilyNotSupported => Native.Denied(97),
                SocketError.AccessDenied => "denied",
                _ => $"failed ({e.SocketErrorCode}, {e.ErrorCode})",
            };
        }
    }

    private static string Listen()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();
            return "allowed";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AddressFamilyNotSupported ? Native.Denied(97) : $"failed ({e.SocketErrorCode})";
        }
    }

    private static string ListenAt(string name)
    {
        Span<byte> address = [1, 0, .. System.Text.Encoding.UTF8.GetBytes(name)];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        fixed (byte* first = address)
        {
            return Native.Outcome(Native.Call(X64 ? 49 : 200, socket.Handle, (nint)first, address.Length));
        }
    }

    private static string Pair()
    {
        var pair = stackalloc int[2];
        return Native.Outcome(Native.Call(X64 ? 53 : 199, 1, 2, 0, (nint)pair));
    }

    private static string ForkBomb()
    {
        // Each is ended by the next: even where it worked, nothing stays behind.
        for (var i = 0; i < 50; i++)
        {
            if (Do(() => Process.Start("/bin/sleep", "1")!.Kill()) is var outcome && outcome != "allowed")
                return $"{outcome} after {i}";
        }

        return "allowed";
    }

    private static string ReadMemory(int process)
    {
        var here = stackalloc byte[8];
        var vectors = stackalloc nint[4];
        (vectors[0], vectors[1], vectors[2], vectors[3]) = ((nint)here, 8, 0x400000, 8);
        return Native.Outcome(Native.Call(X64 ? 310 : 270, process, (nint)vectors, 1, (nint)(vectors + 2), 1, 0));
    }

    private static string LowerLimits(int process)
    {
        var none = stackalloc ulong[2];
        (none[0], none[1]) = (0, 0);
        return Native.Outcome(Native.SetLimit(process, 7, none, null));
    }

    private static string RaiseLimits()
    {
        var more = stackalloc ulong[2];
        (more[0], more[1]) = (1 << 20, 1 << 20);
        return Native.Outcome(Native.SetLimit(0, 7, more, null));
    }

    private static string OpenAll()
    {
        var open = new List<FileStream>();
        try
        {
            for (var i = 0; i < 5000; i++)
                open.Add(new FileStream("/dev/null", FileMode.Open, FileAccess.Read));
            return "allowed";
        }
        catch (IOException)
        {
            return open.Count < 1024 ? "stopped at the limit of open files" : "allowed";
        }
        finally
        {
            foreach (var file in open)
                file.Dispose();
        }
    }

    private static string Fill(string state)
    {
        var path = Path.Combine(state, "full");
        try
        {
            // SIGXFSZ would end it: a worse plugin, but no other outcome.
            Survivor.Of((PosixSignal)25);
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            file.SetLength(4L << 30);
            return "allowed";
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return "stopped at the limit of a file's size";
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string TakeMemory()
    {
        var kept = new List<byte[]>();
        try
        {
            for (var i = 0; i < 1000; i++)
                kept.Add(new byte[16 << 20]);
            return "allowed";
        }
        catch (OutOfMemoryException)
        {
            return "stopped at the limit of memory";
        }
    }
}
