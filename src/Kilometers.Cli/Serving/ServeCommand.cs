using System.Globalization;
using System.Net.Sockets;
using Kilometers.Cli.Commands;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Link.Connection;
using Kilometers.Link.Ring;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Sharing;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Cli.Serving;

/// <summary>
/// The hidden mode in which <c>km-host</c> serves the sessions of a user. The first relay starts it and is its standard input; others come to
/// its socket. It ends a little after its last session.
/// </summary>
internal sealed class ServeCommand : IDisposable
{
    public const string Name = "__serve";

    /// <summary>In place of a socket: serves the one session that started it, and nobody else.</summary>
    public const string Private = "-";

    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _isIdle = new(true);
    private readonly uint _user = PrivateFile.CurrentUser() ?? 0;
    private Guardian? _guardian;
    private ProcessPool? _processes;
    private Socket? _socket;
    private string _path = Private;
    private int _sessions;
    private bool _isEnding;

    /// <param name="path">Where to listen, or <see cref="Private"/>.</param>
    public static int Run(string path)
    {
        using var host = new ServeCommand();
        return host.Serve(path);
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _processes?.Dispose();
        _guardian?.Dispose();
        _isIdle.Dispose();
    }

    private int Serve(string path)
    {
        // Everything here is less urgent than the sessions: this thread and all that it starts.
        Scheduling.LowerThisThread(Kilometers.Monitoring.Observation.SessionObserver.Nice);
        var first = new LinkSocket(new SafeFileHandle(0, ownsHandle: true));
        if (first.PeerProcess() is { } relay)
            OwnProgram.KeepOf(relay);
        if (path == Private)
        {
            Prepare();
            Accept(first);
            WaitUntilIdle(TimeSpan.Zero);
            return 0;
        }

        Directory.SetCurrentDirectory("/");
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            PrivateFile.CreateTrustedDirectory(folder);
            using var turn = TakeTurn(folder);
            if (LinkSocket.TryConnect(path, _user) is { } other)
            {
                other.Dispose();
                return 0; // another host serves: the relay finds it
            }

            (_socket, _path) = (Listen(path), path);
            RemoveSocketsOfDeadHosts(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            // Nobody else can come here; the session that started us is served all the same.
        }

        Prepare();
        if (_socket is { } socket)
        {
            _guardian?.DeleteAtEnd(path);
            new Thread(() => AcceptAll(socket)) { IsBackground = true, Name = "accept" }.Start();
        }

        Accept(first);
        WaitUntilIdle(_socket is null ? TimeSpan.Zero : Linger());
        return 0;
    }

    /// <summary>One host at a time looks whether there is another, and takes the address if not.</summary>
    private SafeFileHandle TakeTurn(string folder)
    {
        for (var start = _time.GetTimestamp(); ; Thread.Sleep(5))
        {
            if (PrivateFile.TryLock(Path.Combine(folder, "host.lock")) is { } turn)
                return turn;
            if (_time.GetElapsedTime(start) > HelloLimit)
                throw new IOException("another host does not finish its start");
        }
    }

    private static TimeSpan Linger()
    {
        var settings = PluginPaths.Default().Settings;
        try
        {
            return TimeSpan.FromSeconds(
                int.Parse(KmSettings.Read(settings).Get(KmSettings.HostLinger).Value, CultureInfo.InvariantCulture)
            );
        }
        catch (KmException)
        {
            // The code that uses the settings reports what is wrong with them.
            return TimeSpan.FromSeconds(int.Parse(KmSettings.HostLinger.Default, CultureInfo.InvariantCulture));
        }
    }

    private static Socket Listen(string path)
    {
        const int Backlog = 128;
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var fresh = path + ".new";
        File.Delete(fresh);
        socket.Bind(new UnixDomainSocketEndPoint(fresh));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(fresh, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        socket.Listen(Backlog);
        File.Move(fresh, path);
        return socket;
    }

    /// <summary>A host that was killed together with its guardian leaves its socket, and one with its settings may never come again.</summary>
    private static void RemoveSocketsOfDeadHosts(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, HostAddress.SocketPattern))
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                File.Delete(path);
            }
            catch (SocketException)
            {
                // It is busy, or another user's.
            }
        }
    }

    private void AcceptAll(Socket socket)
    {
        try
        {
            while (true)
            {
                var peer = socket.Accept();
                var link = new LinkSocket(new SafeFileHandle(peer.SafeHandle.DangerousGetHandle(), ownsHandle: true));
                peer.SafeHandle.SetHandleAsInvalid();
                if (link.IsOf(_user))
                    Accept(link);
                else
                    link.Dispose();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // We are ending.
        }
    }

    /// <summary>Serves a relay, in the background.</summary>
    private void Accept(LinkSocket link)
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                link.Dispose(); // the relay finds the next host, or starts it
                return;
            }

            _sessions++;
            _isIdle.Reset();
        }

        _ = Task.Run(async () =>
        {
            try
            {
                if (Meet(link) is not { } session)
                    return;
                using (session)
                    await session.RunAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // One session's fault is no other's.
                HostLog.Write(e);
            }
            finally
            {
                link.Dispose();
                lock (_gate)
                {
                    if (--_sessions == 0)
                        _isIdle.Set();
                }
            }
        });
    }

    private HostedSession? Meet(LinkSocket link)
    {
        var passed = new List<SafeFileHandle>();
        if (!link.WaitReadable((int)HelloLimit.TotalMilliseconds) || !link.TryReceive(out var kind, out var content, passed))
            return null;
        if (kind != FrameKind.Hello)
            return null;
        var hello = SessionHello.Read(content);
        var ring = passed is [var written, var positions] ? RingReader.TryOpen(written, positions, _time) : null;
        return new HostedSession(link, hello, ring, MonitorCommand.Read(hello), _guardian, _processes!, _time);
    }

    /// <summary>Waits until there has been no session for so long.</summary>
    private void WaitUntilIdle(TimeSpan linger)
    {
        while (true)
        {
            _isIdle.Wait();
            var end = _time.GetTimestamp();
            while (_isIdle.IsSet && _time.GetElapsedTime(end) < linger)
                Thread.Sleep(TimeSpan.FromMilliseconds(Math.Min(200, linger.TotalMilliseconds)));
            if (TryEnd())
                return;
        }
    }

    /// <summary>From then on no session is accepted: one that came while this process ends would lose what it had shown.</summary>
    private bool TryEnd()
    {
        lock (_gate)
        {
            if (_sessions > 0)
                return false;
            _isEnding = true;
            if (_socket is null)
                return true;
            try
            {
                File.Delete(_path);
            }
            catch (DirectoryNotFoundException)
            {
                // Somebody removed all of it.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                HostLog.Write(e);
            }

            _socket.Dispose();
            return true;
        }
    }

    private void Prepare()
    {
        try
        {
            _guardian = Guardian.Start(GuardianCommand.Self());
            _guardian.EndIfStopped();
        }
        catch (ChildStartException e)
        {
            HostLog.Write(e);
        }

        _processes = new ProcessPool(_guardian, Composition.CreatePluginLog(PluginPaths.Default(), _time));
    }
}
