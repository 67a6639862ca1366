using Kilometers.Link.Connection;
using Kilometers.Link.Holding;
using Kilometers.Link.Hosting;
using Kilometers.Link.Ring;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Unix;
using Kilometers.Relay.Relay;
using Kilometers.Relay.Server;

namespace Kilometers.Relay;

/// <summary>One run of <c>km monitor</c>, from the server's start to its exit status.</summary>
internal sealed class Session
{
    private readonly SessionArguments _arguments;
    private readonly FileDescriptorStream? _errors = StandardStreams.WasClosed(2) ? null : FileDescriptorStream.Standard(2);

    // A server that asks its user on /dev/tty must be where the terminal listens.
    private readonly bool _sharesGroup = ControllingTerminal.Exists();
    private RingWriter? _ring;
    private HoldChannel? _holds;

    // From then on the session is ours to serve; until then the server can be started again without us.
    private volatile bool _hasRead;

    public Session(SessionArguments arguments) => _arguments = arguments;

    private Stream Errors => _errors ?? Stream.Null;

    public int Run()
    {
        if (ResourceHeadroom.WhyTooSmall(ResourceNeeds.OfRelay) is { } why)
            return Unobserved(why, RelayErrors.NoRoom);
        string fault;
        try
        {
            return Relay();
        }
        catch (ChildStartException e) when (e.Failure != ChildStartFailure.NoResources)
        {
            return ServerStart.Explain(_arguments.Server, e);
        }
        catch (Exception e) when (!_hasRead)
        {
            fault = e.Message;
        }

        return Unobserved(fault, RelayErrors.Unobserved);
    }

    /// <summary>There is no room for us beside the server: we step aside and become it.</summary>
    private int Unobserved(string why, string code)
    {
        if (PolicyHint.MustAsk())
        {
            RelayErrors.Write(
                $"The server was not started, because policy may require plugins and km cannot run here: {why}",
                RelayErrors.Refused
            );
            return 1;
        }

        RelayErrors.Write($"This session is not observed, and km runs the server directly: {why}", code);
        return ServerStart.Explain(_arguments.Server, ProcessReplacement.Become(ServerStart.Of(_arguments.Server, false)));
    }

    private int Relay()
    {
        Subreaper.Enable();
        using var signals = new SessionSignals(_sharesGroup);
        using var link = new HostLink(Introduce(), Errors) { Terminate = signals.Terminate };
        var waits = PolicyHint.MustAsk();
        if (waits)
        {
            link.Start(CreateRing(link), waits: true);
            if (Permission(link, signals) is { } status)
                return status;
            if (link.Held is { Count: > 0 } held)
                Hold(link, held);
        }

        // Nothing optional is on the way to the server's start.
        using var server = ChildProcess.Start(ServerStart.Of(_arguments.Server, _sharesGroup));
        try
        {
            link.ServerStarted(server.Id);
            StartWitness(signals);
            return Serve(server, link, signals, waits);
        }
        catch when (!_hasRead)
        {
            // It has got nothing yet, so another may take its place.
            server.KillTree();
            server.Exited.GetAwaiter().GetResult();
            throw;
        }
    }

    private int Serve(ChildProcess server, HostLink link, SessionSignals signals, bool isLinked)
    {
        _ring ??= CreateRing(link);
        var proxy = new StdioProxy(server, Input(), Output(), Errors, _ring, new RelayOptions(), TimeProvider.System, _holds);
        proxy.Start();
        _hasRead = true;
        signals.PassOnTo(proxy);
        if (!isLinked)
            link.Start(_ring, waits: false);
        var status = proxy.RunAsync().GetAwaiter().GetResult();
        if (proxy.OutputFailure is { } failure)
            RelayErrors.Write(
                $"The server's output could not be passed on to the client: {failure}. Check where standard output leads",
                RelayErrors.OutputFailed
            );
        link.End(status);
        return link.ImposedStatus ?? status.ShellCode;
    }

    /// <summary>Policy has requests held: only then do they take another way. Without memory for that, they pass if policy lets them.</summary>
    /// <exception cref="IOException">There is no memory for them, and policy lets none pass that nobody decided about.</exception>
    private void Hold(HostLink link, IReadOnlyList<HoldRule> rules)
    {
        _holds = HoldChannel.TryCreate(rules, _arguments.MaxMessage, TimeProvider.System);
        if (_holds is not null)
            link.Hold(_holds);
        else if (rules.Any(rule => rule.IsClosed))
            throw new IOException("there is no memory for the requests that policy has held");
        else
            RelayErrors.Write(
                "No request is held in this session, because there is no memory for that: as policy says, requests pass without a plugin's verdict. "
                    + "Raise the limit on the size of files (ulimit -f), or lower --buffer-size, and start the session again",
                RelayErrors.NotHeld
            );
    }

    /// <summary>Waits for the host's word on whether policy lets the server start.</summary>
    /// <returns>The exit status instead; null: it may start.</returns>
    private static int? Permission(HostLink link, SessionSignals signals)
    {
        try
        {
            return link.Permission.WaitAsync(signals.Stopping).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // As if the server had been there for the signal.
            return 128 + signals.FirstStop;
        }
    }

    private RingWriter? CreateRing(HostLink link) =>
        _ring = RingWriter.TryCreate(_arguments.MaxMessage, isLarge: PolicyHint.MayGuaranteeDelivery(), link.Wake, () => link.HasHost);

    private SessionHello Introduce() =>
        new()
        {
            Options = _arguments.Options,
            Server = _arguments.Server,
            Folder = CurrentFolder(),
            Process = Environment.ProcessId,
            Started = TimeProvider.System.GetTimestamp(),
            IsTerminal = Terminal.IsThere,
            Columns = Terminal.Columns,
            TerminalVariables = Terminal.Variables,
        };

    private static string? CurrentFolder()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was deleted after the client went there, or a folder above it is closed to us.
            return null;
        }
    }

    private void StartWitness(SessionSignals signals)
    {
        if (!_sharesGroup || (Environment.ProcessPath ?? ProcessReplacement.OwnPath()) is not { } self)
            return;
        try
        {
            signals.Witness = GroupWitness.Start(new ChildCommand { FileName = self, Arguments = [Program.WitnessMode] });
        }
        catch (ChildStartException)
        {
            // What the terminal sends to the whole group then reaches the server twice.
        }
    }

    private static Stream Input() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardInput()
        : StandardStreams.WasClosed(0) ? Stream.Null
        : FileDescriptorStream.Standard(0);

    private static Stream Output() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardOutput()
        : StandardStreams.WasClosed(1) ? Stream.Null
        : FileDescriptorStream.Standard(1);
}
