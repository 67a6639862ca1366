using Kilometers.Link.Holding;
using Kilometers.Link.Ring;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Unix;

namespace Kilometers.Relay.Relay;

/// <summary>
/// The relay between an MCP client and its server. Every byte passes unchanged and at once; the host sees it where it passed. What the
/// client or the server sees of the other's end (EOF, a broken pipe, an exit) is what it would see without km in between.
/// </summary>
internal sealed class StdioProxy
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private readonly ChildProcess _server;
    private readonly RelayOptions _options;
    private readonly TimeProvider _time;
    private readonly Stream _clientOutput;
    private readonly IPump _inbound;
    private readonly Pump _outbound;
    private readonly Pump _errors;
    private int _stopping;
    private Task _ending = Task.CompletedTask;

    /// <summary>Creates the relay; nothing is read before <see cref="RunAsync"/>.</summary>
    /// <param name="server">The server, just started.</param>
    /// <param name="clientInput">What the client writes; closed when the server no longer reads. <see cref="Stream.Null"/> if km was started without it.</param>
    /// <param name="clientOutput">What the client reads; closed when the server ends its output. <see cref="Stream.Null"/> if km was started without it.</param>
    /// <param name="clientError">Where the server's standard error goes; left open.</param>
    /// <param name="ring">Where the host sees what was forwarded; null: nobody does.</param>
    /// <param name="options">Times.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="holds">Where policy has requests held: asks about them; null: nothing is held, and nothing here is different.</param>
    public StdioProxy(
        ChildProcess server,
        Stream clientInput,
        Stream clientOutput,
        Stream clientError,
        RingWriter? ring,
        RelayOptions options,
        TimeProvider timeProvider,
        HoldChannel? holds = null
    )
    {
        ArgumentNullException.ThrowIfNull(server);
        _server = server;
        _options = options;
        _time = timeProvider;
        _clientOutput = clientOutput;
        var inbound = ring?[Channel.Inbound];
        if (holds is null)
            _inbound = new Pump("client to server", clientInput, server.StandardInput, closeTarget: true, inbound, timeProvider);
        else
        {
            var answered = new AnsweredOutput(clientOutput);
            _inbound = new HoldingPump(clientInput, server.StandardInput, answered, holds, inbound, timeProvider);
            clientOutput = answered;
        }

        _outbound = new Pump(
            "server to client",
            server.StandardOutput,
            clientOutput,
            closeTarget: true,
            ring?[Channel.Outbound],
            timeProvider
        );
        _errors = new Pump(
            "server errors",
            server.StandardError,
            clientError,
            closeTarget: false,
            ring?[Channel.ServerError],
            timeProvider
        );
    }

    /// <summary>Why what the server said could not be passed on, unless the client no longer reads; null if all was.</summary>
    public string? OutputFailure => _outbound.Failure?.Message;

    /// <summary>Starts the three pumps. They run on threads of their own: nothing else in the process can delay them.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for the threads. Nothing was read.</exception>
    public void Start()
    {
        IPump[] pumps = [_inbound, _outbound, _errors];
        foreach (var pump in pumps)
            pump.Prepare();

        // :: Step 2 — bytes are forwarded first, then observed (Pump).
        foreach (var pump in pumps)
            pump.Release();
    }

    /// <summary>Waits until the server has ended and its last bytes have been passed on.</summary>
    /// <returns>How the server ended.</returns>
    public async Task<ExitStatus> RunAsync()
    {
        using var over = new CancellationTokenSource();
        var watch = WatchForLostClientAsync(over.Token);
        var status = await _server.Exited.ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(false);
        await _ending.ConfigureAwait(false);
        await DrainAsync().ConfigureAwait(false);
        Subreaper.KillOrphans();
        return status;
    }

    /// <summary>
    /// Passes a signal that km received on to the server. Those that end programs go to its whole process group, the others only to the
    /// process that would have had them without km. After SIGTERM the whole tree is ended if the server is still there after
    /// <see cref="RelayOptions.StopGrace"/>. Other signals start no clock: a server may handle SIGINT and SIGHUP and go on.
    /// </summary>
    /// <param name="signal">The signal's number.</param>
    /// <param name="isDelivered">Whether the server got it already, because it went to the group that km shares with it.</param>
    public void ForwardSignal(int signal, bool isDelivered = false)
    {
        if (!isDelivered)
        {
            if ((ChildSignal)signal is ChildSignal.Hangup or ChildSignal.Interrupt or ChildSignal.Terminate)
                _server.Signal((ChildSignal)signal);
            else
                _server.SignalProcess(signal);
        }

        if (signal == (int)ChildSignal.Terminate && Interlocked.Exchange(ref _stopping, 1) == 0)
            _ending = EndAfterGraceAsync(_options.StopGrace);
    }

    private async Task EndAfterGraceAsync(TimeSpan grace)
    {
        try
        {
            await _server.Exited.WaitAsync(grace, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _server.KillTree();
            Subreaper.KillOrphans();
        }
    }

    /// <summary>
    /// A server that ignores EOF would outlive a client that died without a signal. When the client has closed both its ends nobody
    /// is left to serve: the server gets what a client would have given it, EOF, time, SIGTERM, time, SIGKILL. EOF alone is no
    /// reason: <c>echo '…' | km monitor -- server</c> may still be answering.
    /// </summary>
    private async Task WatchForLostClientAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _inbound.Finished.WaitAsync(cancellationToken).ConfigureAwait(false);
            while (!ClientIsGone())
                await Task.Delay(_options.LostClientPoll, _time, cancellationToken).ConfigureAwait(false);
            await Task.Delay(_options.LostClientGrace, _time, cancellationToken).ConfigureAwait(false);
            ForwardSignal((int)ChildSignal.Terminate);
        }
        catch (OperationCanceledException)
        {
            // The server ended by itself.
        }
    }

    /// <summary>A client that gave us no output from the start cannot close it: then its EOF says nothing.</summary>
    private bool ClientIsGone() =>
        _clientOutput != Stream.Null
        && (_outbound.Finished.IsCompleted || (_clientOutput is FileDescriptorStream output && output.IsPeerGone()));

    /// <summary>
    /// All that the server wrote is in the pipes when it has ended. Normally their end follows at once; a grandchild that inherited
    /// them would hold them open for ever, so an empty pipe is enough. A client that does not read is waited for: without km the
    /// server itself would still be waiting for it. Not so for standard error: plugins print there too, and a client that leaves it
    /// unread would never see the end of a server which itself said next to nothing.
    /// </summary>
    private async Task DrainAsync()
    {
        var start = _time.GetTimestamp();
        while (!(_outbound.IsDrained(_options.DrainQuiet) && (_errors.IsDrained(_options.DrainQuiet) || IsGivenUp())))
        {
            if (IsOver())
            {
                _outbound.StopAfterWhatIsThere();
                _errors.StopAfterWhatIsThere();
            }

            await Task.WhenAny(Task.WhenAll(_outbound.Finished, _errors.Finished), Task.Delay(LookEvery, _time)).ConfigureAwait(false);
        }

        bool IsOver() => _time.GetElapsedTime(start) > _options.DrainLimit;
        bool IsGivenUp() => IsOver() && _errors.IsStuck(_options.DrainLimit);
    }
}
