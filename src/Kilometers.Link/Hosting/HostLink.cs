using System.Globalization;
using Kilometers.Files;
using Kilometers.Link.Connection;
using Kilometers.Link.Holding;
using Kilometers.Link.Ring;
using Kilometers.Processes;
using Kilometers.Processes.Unix;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Link.Hosting;

/// <summary>
/// The relay's connection to the host, on a thread of its own: it finds a host or starts one, introduces the session, and prints what the
/// host says. When the host is gone it finds another. Nothing in the session ever waits for it, except where policy says so.
/// </summary>
public sealed class HostLink : IDisposable
{
    /// <summary>The hidden command of the host program.</summary>
    private const string ServeCommand = "__serve";

    private const string Private = "private";

    /// <summary>Seconds that the end of a session waits for the next word of the host, as a whole number; see <see cref="EndTimeout"/>.</summary>
    private const string EndWaitVariable = "KM_END_WAIT";

    /// <summary>How long the end of a session waits for the next word of the host: a machine may be busy. A host that is stopped is not waited for.</summary>
    private static readonly TimeSpan EndTimeout = ChosenTimeout() ?? TimeSpan.FromSeconds(1.5);

    /// <summary>The same for a host that is only just starting.</summary>
    private static readonly TimeSpan StartTimeout = ChosenTimeout() ?? TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>How long it waits in all for one that does.</summary>
    private static readonly TimeSpan EndLimit = ChosenTimeout() ?? TimeSpan.FromSeconds(4);

    /// <summary>How long until the host is looked for again.</summary>
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.Zero,
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(300),
        TimeSpan.FromSeconds(1),
    ];

    /// <summary>How often a host may fail before the session is served without one.</summary>
    private const int MaxFailures = 4;

    private SessionHello _hello;
    private readonly Stream _output;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _ending = new();
    private readonly TaskCompletionSource<int?> _permission = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RingWriter? _ring;
    private HoldChannel? _holds;
    private (int Id, ulong Started)? _server;
    private LinkSocket? _socket;
    private int _host;
    private volatile bool _wasServed;
    private string? _noRoom;
    private int _hasSaid;
    private long _lastWord;
    private byte[]? _ended;
    private bool _isDisposed;

    /// <param name="hello">The session.</param>
    /// <param name="output">Where the host's words go.</param>
    public HostLink(SessionHello hello, Stream output) => (_hello, _output) = (hello, output);

    /// <summary>Called when policy ends the session; on the link's thread.</summary>
    public Action Terminate { get; init; } = () => { };

    /// <summary>The exit status that policy gave the session; null: the server's own.</summary>
    public int? ImposedStatus { get; private set; }

    /// <summary>Completes when the host has decided whether the server may start: null, or the exit status instead.</summary>
    public Task<int?> Permission => _permission.Task;

    /// <summary>Which requests policy has held, known once <see cref="Permission"/> is; none: the session is relayed as ever.</summary>
    public IReadOnlyList<HoldRule> Held { get; private set; } = [];

    /// <summary>Whether a host serves the session, as far as the system has told us.</summary>
    public bool HasHost => Volatile.Read(ref _socket) is not null;

    /// <summary>Starts the link.</summary>
    /// <param name="ring">What the host sees; null where there is no memory for that: then it only learns of the session.</param>
    /// <param name="waits">Whether the server is started only if the host permits it.</param>
    /// <exception cref="OutOfMemoryException">There is no room for a thread.</exception>
    public void Start(RingWriter? ring, bool waits)
    {
        _ring = ring;
        _hello = _hello with { Waits = waits };
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = "host link" }.Start();
    }

    /// <summary>Wakes the host: there is something in the ring. On the session's own threads.</summary>
    public void Wake() => Volatile.Read(ref _socket)?.TrySend(FrameKind.Wake);

    /// <summary>From now on requests are held: this host is asked, and each one that follows it.</summary>
    public void Hold(HoldChannel holds)
    {
        ArgumentNullException.ThrowIfNull(holds);
        lock (_gate)
        {
            _holds = holds;
            if (_socket is { } socket)
                holds.Attach(socket);
        }
    }

    /// <summary>The server runs.</summary>
    public void ServerStarted(int id)
    {
        lock (_gate)
        {
            _server = (id, ProcessTable.Find(id)?.StartTime ?? 0);
            if (_socket is { } socket)
                SendServer(socket);
        }
    }

    /// <summary>The terminal's size has changed.</summary>
    public void Resized(int columns) =>
        Volatile.Read(ref _socket)?.TrySend(FrameKind.Resized, new FrameWriter().Add((long)columns).Content);

    /// <summary>
    /// The session is over. Waits until the host has said what is to be printed, as long as it moves, and never long for one that does not.
    /// </summary>
    /// <param name="status">How the server ended.</param>
    public void End(ExitStatus status)
    {
        lock (_gate)
        {
            _ended = new FrameWriter()
                .Add((long)status.Code)
                .Add((long)(status.Signal ?? 0))
                .Add((long)(ChosenTimeout()?.TotalSeconds ?? 0))
                .Content.ToArray();
            Volatile.Write(ref _lastWord, _time.GetTimestamp());
            _socket?.TrySend(FrameKind.Ended, _ended);
        }

        var start = _time.GetTimestamp();
        while (!_ending.Wait(LookEvery) && _time.GetElapsedTime(start) < EndLimit)
        {
            var timeout = _wasServed || Volatile.Read(ref _socket) is null ? EndTimeout : StartTimeout;
            if (IsStopped() || _time.GetElapsedTime(Volatile.Read(ref _lastWord)) > timeout)
                break;
        }

        SayUnobserved("km-host did not answer in time", RelayErrors.Unobserved);
    }

    /// <summary>Ends the link. The ring may be given back: nobody uses it any more.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _ending.Set();
        Volatile.Read(ref _socket)?.Shutdown();
    }

    private static TimeSpan? ChosenTimeout() =>
        ushort.TryParse(
            Environment.GetEnvironmentVariable(EndWaitVariable),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var seconds
        )
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private void Run()
    {
        for (var failures = 0; !_ending.Wait(Pauses[Math.Min(failures, Pauses.Length - 1)]); failures++)
        {
            if (failures == MaxFailures && !_wasServed)
            {
                GiveUp("km-host cannot be started, or ends at once", RelayErrors.Unobserved);
                return;
            }

            if (TryOpen() is not { } socket)
            {
                if (_noRoom is { } why)
                {
                    GiveUp(why, RelayErrors.NoRoom);
                    return;
                }

                continue;
            }

            using (socket)
            {
                if (Introduce(socket) && Listen(socket))
                    failures = 0;
                Volatile.Write(ref _socket, null);
            }

            if (_host > 0 && DetachedProcess.TryReap(_host))
                _host = 0;
            if (_ended is not null)
                break;
        }

        _ending.Set();
    }

    private bool IsStopped() =>
        (_host > 0 ? _host : Volatile.Read(ref _socket)?.PeerProcess()) is { } host && ProcessTable.Find(host) is { State: 'T' or 't' };

    private void GiveUp(string why, string code)
    {
        if (_hello.Waits && !_permission.Task.IsCompleted)
            RelayErrors.Write($"The server was not started, because policy may require plugins: {why}", RelayErrors.Refused);
        else
            SayUnobserved(why, code);
        _ring?.Abandon();
        _permission.TrySetResult(1);
        _ending.Set();
    }

    /// <summary>Once, and only where nobody has ever observed the session.</summary>
    private void SayUnobserved(string why, string code)
    {
        if (!_wasServed && Interlocked.Exchange(ref _hasSaid, 1) == 0)
            RelayErrors.Write($"This session is not observed: {why}", code);
    }

    /// <summary>Reads what the host says until it is gone.</summary>
    /// <returns>Whether it said anything.</returns>
    private bool Listen(LinkSocket socket)
    {
        var any = false;
        while (socket.TryReceive(out var kind, out var content))
        {
            any = _wasServed = true;
            Volatile.Write(ref _lastWord, _time.GetTimestamp());
            Take(kind, content);
            if (kind == FrameKind.Done)
                break;
        }

        return any;
    }

    private void Take(FrameKind kind, byte[] content)
    {
        switch (kind)
        {
            case FrameKind.Text:
                Print(content);
                break;
            case FrameKind.Start:
                _permission.TrySetResult(null);
                break;
            case FrameKind.Intercept:
                // Only what the session began with: the way of its messages is chosen once.
                if (!_permission.Task.IsCompleted)
                    Held = HoldRule.Read(content);
                break;
            case FrameKind.Refuse:
                _permission.TrySetResult((int)new FrameReader(content).Number());
                break;
            case FrameKind.Terminate:
                ImposedStatus = (int)new FrameReader(content).Number();
                Terminate();
                break;
        }
    }

    private void Print(byte[] text)
    {
        try
        {
            _output.Write(text);
        }
        catch (IOException)
        {
            // Nobody reads it.
        }
    }

    private bool Introduce(LinkSocket socket)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return false;
            var hello = (_hello with { IsResumed = _wasServed }).Write().Content;
            ReadOnlySpan<SafeFileHandle> passed = _ring is null ? [] : [_ring.Ring, _ring.Positions];
            if (!socket.TrySend(FrameKind.Hello, hello, passed))
                return false;
            SendServer(socket);
            _holds?.Attach(socket);
            Volatile.Write(ref _socket, socket);
            if (_ended is not null)
                socket.TrySend(FrameKind.Ended, _ended);

            // What came before there was anybody to wake.
            return socket.TrySend(FrameKind.Wake);
        }
    }

    private void SendServer(LinkSocket socket)
    {
        if (_server is { } server)
            socket.TrySend(FrameKind.ServerStarted, new FrameWriter().Add((long)server.Id).Add((long)server.Started).Content);
    }

    private LinkSocket? TryOpen()
    {
        var isPrivate = Environment.GetEnvironmentVariable(HostAddress.Variable) == Private;
        var home = isPrivate ? null : HostAddress.FindHome();
        var address = home is null ? null : HostAddress.Of(home, HostProgram.Version);
        var user = PrivateFile.CurrentUser() ?? 0;
        if (address is not null && LinkSocket.TryConnect(address.Socket, user) is { } found)
            return found;
        // Where policy has a say the host itself tries: it records why a session is refused.
        _noRoom = _hello.Waits ? null : ResourceHeadroom.WhyTooSmall(ResourceNeeds.OfHost);
        if (_noRoom is not null)
            return null;
        if (HostProgram.Find() is not { } program || LinkSocket.TryPair() is not var (here, there))
            return null;
        using (there)
        {
            try
            {
                _host = DetachedProcess.Start(
                    new ChildCommand { FileName = program, Arguments = [ServeCommand, address?.Socket ?? "-"] },
                    there.Handle
                );
                return here;
            }
            catch (ChildStartException)
            {
                here.Dispose();
                return null;
            }
        }
    }
}
