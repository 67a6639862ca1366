using System.Net.Sockets;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// The host's half of supervised <c>bind</c> calls: the launcher connects, names the descriptor on which the kernel asks, and waits until
/// the host has it. If the host ends, the kernel answers that there is no such call, so nothing ever hangs.
/// </summary>
internal sealed class BindSupervisor : IDisposable
{
    private const int Lower = 10;
    private const int MaxStackBytes = 256 * 1024;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _folder;

    private BindSupervisor(string path, string folder)
    {
        Path = path;
        _folder = folder;
    }

    /// <summary>Where the launcher connects.</summary>
    public string Path { get; }

    /// <summary>
    /// Waits for the launcher, on a thread of its own, which ends with the process that the launcher becomes. If there is no place for the
    /// socket, the launcher finds nobody and starts nothing.
    /// </summary>
    /// <param name="path">Where to wait; in a folder that only this user can enter, and that the process itself cannot reach.</param>
    /// <param name="folder">Where the process may make sockets.</param>
    public static BindSupervisor Start(string path, string folder)
    {
        var supervisor = new BindSupervisor(path, folder);
        try
        {
            supervisor._socket.Bind(new UnixDomainSocketEndPoint(path));
            supervisor._socket.Listen(1);
            new Thread(supervisor.Run, MaxStackBytes) { IsBackground = true, Name = "bind supervisor" }.Start();
        }
        catch (SocketException)
        {
            supervisor.Dispose();
        }

        return supervisor;
    }

    /// <summary>Waits for the launcher no longer. A process that was taken over stays supervised until it ends.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _ = Libc.Unlink(Path);
    }

    private void Run()
    {
        // What a plugin asks for must not take time from the session.
        Scheduling.LowerThisThread(Lower);
        var listener = -1;
        try
        {
            using var launcher = _socket.Accept();
            Span<byte> number = stackalloc byte[sizeof(int)];
            if (launcher.Receive(number) != number.Length)
                return;
            listener = Take(SocketPeer.Of(launcher).Pid, BitConverter.ToInt32(number));
            if (listener < 0)
                return;
            launcher.Send([1]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The launcher has ended, or will not come: then there is nothing to serve, and the kernel refuses.
            if (listener < 0)
                return;
        }
        finally
        {
            Dispose();
        }

        new BindRequests(listener, _folder).Serve();
        _ = Libc.Close(listener);
    }

    private static int Take(int process, int descriptor)
    {
        var handle = LinuxCalls.OpenProcess(process);
        if (handle < 0)
            return -1;
        var duplicate = LinuxCalls.Duplicate(handle, descriptor);
        _ = Libc.Close(handle);
        return duplicate;
    }
}
