using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Link.Connection;

/// <summary>
/// The connection between a relay and its host: a Unix stream socket with frames, which passes descriptors. Calls of the C library: .NET's
/// sockets cannot pass descriptors, and bring an event loop that an idle relay must not have.
/// </summary>
public sealed unsafe partial class LinkSocket : IDisposable
{
    /// <summary>Bytes before the content of a frame: its kind, and the content's length in little endian.</summary>
    public const int HeadSize = 8;

    /// <summary>The most content of a frame.</summary>
    public const int MaxContent = 4 << 20;

    private const int Unix = 1;
    private const int Stream = 1;
    private const int CloseOnExec = 0x80000;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int ReceiveCloseOnExec = 0x40000000;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private readonly SafeFileHandle _handle;
    private readonly Lock _sending = new();

    private LinkSocket(int descriptor) => _handle = new SafeFileHandle(descriptor, ownsHandle: true);

    /// <summary>Its descriptor.</summary>
    public SafeFileHandle Handle => _handle;

    private int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Connects to a host.</summary>
    /// <param name="path">Where it listens.</param>
    /// <param name="user">The user whose it must be.</param>
    /// <returns>The connection; null if nobody of that user listens there.</returns>
    public static LinkSocket? TryConnect(string path, uint user)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = Encoding.UTF8.GetBytes(path);
        if (!OperatingSystem.IsLinux() || name.Length > 107)
            return null;
        var descriptor = CreateSocket(Unix, Stream | CloseOnExec, 0);
        if (descriptor < 0)
            return null;
        var address = stackalloc byte[110];
        new Span<byte>(address, 110).Clear();
        *(short*)address = Unix;
        name.CopyTo(new Span<byte>(address + 2, 107));
        var socket = new LinkSocket(descriptor);
        if (Connect(descriptor, address, 2 + name.Length + 1) == 0 && socket.IsOf(user))
            return socket;
        socket.Dispose();
        return null;
    }

    /// <summary>Uses a connection that was made elsewhere.</summary>
    /// <param name="handle">Its descriptor; closed with the connection.</param>
    public LinkSocket(SafeFileHandle handle) => _handle = handle;

    /// <summary>Makes both ends of a connection.</summary>
    /// <returns>Null where the system has none to give.</returns>
    public static (LinkSocket Here, LinkSocket There)? TryPair()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var ends = stackalloc int[2];
        return CreatePair(Unix, Stream | CloseOnExec, 0, ends) == 0 ? (new LinkSocket(ends[0]), new LinkSocket(ends[1])) : null;
    }

    /// <summary>Sends a frame, all of it or none, without waiting.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="content">Its content.</param>
    /// <param name="passed">Descriptors that go along.</param>
    /// <returns>False if the other end is gone, or takes nothing: then nothing more may be sent.</returns>
    public bool TrySend(FrameKind kind, ReadOnlySpan<byte> content = default, params ReadOnlySpan<SafeFileHandle> passed)
    {
        var frame = new byte[HeadSize + content.Length];
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), content.Length);
        content.CopyTo(frame.AsSpan(HeadSize));
        lock (_sending)
        {
            try
            {
                return Send(frame, passed);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Sends a frame, and waits a little for an other end that is slow.</summary>
    /// <inheritdoc cref="TrySend"/>
    public bool TrySendSoon(FrameKind kind, ReadOnlySpan<byte> content)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            if (TrySend(kind, content))
                return true;
            if (Marshal.GetLastPInvokeError() != WouldBlock || _handle.IsClosed)
                return false;
            Wait(4, 50);
        }

        return false;
    }

    /// <summary>Whether there is something to receive, or the other end is gone.</summary>
    /// <param name="timeoutMilliseconds">How long to wait for that; -1: for ever.</param>
    public bool WaitReadable(int timeoutMilliseconds) => Wait(1, timeoutMilliseconds);

    /// <summary>Waits for the next frame.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="content">Its content.</param>
    /// <param name="passed">Gets the descriptors that came along; null: they are not taken.</param>
    /// <returns>False when the other end is gone.</returns>
    public bool TryReceive(out FrameKind kind, out byte[] content, List<SafeFileHandle>? passed = null)
    {
        (kind, content) = (default, []);
        var head = new byte[HeadSize];
        if (!TryFill(head, passed))
            return false;
        kind = (FrameKind)head[0];
        var length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4));
        if (length is < 0 or > MaxContent)
            return false;
        content = new byte[length];
        return TryFill(content, null);
    }

    /// <summary>Ends the connection for both ends; a waiting <see cref="TryReceive"/> returns.</summary>
    public void Shutdown()
    {
        if (!_handle.IsClosed)
            _ = ShutDown(Descriptor, 2);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Whether the other end is a process of this user or of root.</summary>
    /// <param name="user">The user.</param>
    public bool IsOf(uint user) => Peer() is var (_, other) && (other == user || other == 0);

    /// <summary>The process that listened, or connected; our own for a pair. Null where the system does not say.</summary>
    public int? PeerProcess() => Peer()?.Process;

    private (int Process, uint User)? Peer()
    {
        var credentials = stackalloc uint[3];
        var size = 12;
        return GetOption(Descriptor, 1, 17, credentials, &size) == 0 ? ((int)credentials[0], credentials[1]) : null;
    }

    private bool Send(ReadOnlySpan<byte> frame, ReadOnlySpan<SafeFileHandle> passed)
    {
        var done = 0;
        fixed (byte* start = frame)
        {
            while (done < frame.Length)
            {
                var count =
                    done == 0 && passed.Length > 0
                        ? SendWith(start, frame.Length, passed)
                        : Send(Descriptor, start + done, frame.Length - done, NoSignal | DontWait);
                if (count > 0)
                    done += (int)count;
                else if (Marshal.GetLastPInvokeError() is var error && error == WouldBlock && (done > 0 || passed.Length > 0))
                    WaitWritable();
                else if (error != Interrupted)
                    return false;
            }
        }

        return true;
    }

    /// <summary>A frame that has begun must be finished; one end that never reads is not waited for.</summary>
    private void WaitWritable()
    {
        const int TimeoutMilliseconds = 100;
        var entry = stackalloc int[2];
        (entry[0], entry[1]) = (Descriptor, 4);
        if (Poll(entry, 1, TimeoutMilliseconds) <= 0)
            Shutdown();
    }

    private nint SendWith(byte* start, int length, ReadOnlySpan<SafeFileHandle> passed)
    {
        // struct cmsghdr: size_t length, int level (SOL_SOCKET), int type (SCM_RIGHTS); then the descriptors.
        var size = 16 + (4 * passed.Length);
        var control = stackalloc byte[64];
        *(nint*)control = size;
        *(int*)(control + 8) = 1;
        *(int*)(control + 12) = 1;
        for (var i = 0; i < passed.Length; i++)
            ((int*)(control + 16))[i] = (int)passed[i].DangerousGetHandle();
        var part = new Vector { Start = start, Length = length };
        var message = new Message
        {
            Parts = &part,
            PartCount = 1,
            Control = control,
            ControlLength = (size + 7) / 8 * 8,
        };
        return SendMessage(Descriptor, &message, NoSignal | DontWait);
    }

    private bool Wait(int events, int timeoutMilliseconds)
    {
        var entry = stackalloc int[2];
        (entry[0], entry[1]) = (Descriptor, events);
        return Poll(entry, 1, timeoutMilliseconds) > 0;
    }

    private bool TryFill(Span<byte> buffer, List<SafeFileHandle>? passed)
    {
        while (buffer.Length > 0)
        {
            nint count;
            fixed (byte* start = buffer)
                count = passed is null ? Receive(Descriptor, start, buffer.Length, 0) : ReceiveWith(start, buffer.Length, passed);
            if (count > 0)
                buffer = buffer[(int)count..];
            else if (count == 0 || Marshal.GetLastPInvokeError() != Interrupted)
                return false;
        }

        return true;
    }

    private nint ReceiveWith(byte* start, int length, List<SafeFileHandle> passed)
    {
        var control = stackalloc byte[64];
        var part = new Vector { Start = start, Length = length };
        var message = new Message
        {
            Parts = &part,
            PartCount = 1,
            Control = control,
            ControlLength = 64,
        };
        var count = ReceiveMessage(Descriptor, &message, ReceiveCloseOnExec);
        if (count > 0 && message.ControlLength >= 16 && *(int*)(control + 8) == 1 && *(int*)(control + 12) == 1)
            for (var at = 16; at + 4 <= *(nint*)control; at += 4)
                passed.Add(new SafeFileHandle(*(int*)(control + at), ownsHandle: true));
        return count;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public byte* Name;
        public nint NameLength;
        public Vector* Parts;
        public nint PartCount;
        public byte* Control;
        public nint ControlLength;
        public nint Flags;
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int CreateSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int CreatePair(int family, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "connect")]
    private static partial int Connect(int descriptor, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetOption(int descriptor, int level, int name, void* value, int* size);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, byte* start, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* start, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int descriptor, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int descriptor, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int ShutDown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(int* entries, nuint count, int timeout);
}
