using System.Globalization;
using System.Runtime.InteropServices;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.Monitoring.Relay;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Control;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Kilometers.Processes.Unix;

namespace Kilometers.Cli.Commands;

/// <summary>One run of <c>km monitor</c>, from the server's start to its exit status.</summary>
internal sealed class MonitorSession : IDisposable
{
    /// <summary>How long plugins may take after the server's end, all together: km is gone within 2 s of it, whatever they do.</summary>
    private static readonly TimeSpan FinishLimit = TimeSpan.FromMilliseconds(1700);

    /// <summary>What they get even when a grandchild, or a client that does not read, took the rest.</summary>
    private static readonly TimeSpan LeastLimit = TimeSpan.FromMilliseconds(400);

    /// <summary>Bytes that may wait for the observer; it is far faster than any pipe, so this only fills on a starved machine.</summary>
    private const long TapLimit = 32L << 20;

    private readonly MonitorOptions _options;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly StandardError _errors = new();
    private StdioProxy? _proxy;
    private ChildSignal? _early;

    private MonitorSession(MonitorOptions options) => _options = options;

    public static async Task<int> RunAsync(MonitorOptions options)
    {
        using var session = new MonitorSession(options);
        return await session.RunAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _errors.Dispose();
    }

    private async Task<int> RunAsync()
    {
        Subreaper.Enable();
        ListenForSignals();
        ChildProcess server;
        try
        {
            server = ChildProcess.Start(new ChildCommand
            {
                FileName = _options.Server[0],
                Arguments = [.. _options.Server.Skip(1)],
                ArgumentBytes = RawArguments.Last(_options.Server.Count - 1),
            });
        }
        catch (ChildStartException e)
        {
            return _errors.Report(Explain(e));
        }

        using (server)
        {
            // At once, and at full priority: until the guardian knows the server, a SIGKILL of km would leave it behind.
            using var guardian = StartGuardian(server);
            return await RelayAsync(server, guardian).ConfigureAwait(false);
        }
    }

    private async Task<int> RelayAsync(ChildProcess server, Guardian? guardian)
    {
        var host = Composition.CreatePluginHost(_options, _errors, _time);
        await using var hosting = host.ConfigureAwait(false);
        var observer = new SessionObserver(host.Sink, _options.BufferSize, _time);
        var tap = new MessageTap(observer, TapLimit, _time);
        observer.Report("session.started", new Dictionary<string, string> { ["server"] = _options.Name });
        tap.Start();

        var proxy = new StdioProxy(server, StandardInput(), StandardOutput(), _errors.Stream, tap, new RelayOptions(), _time);
        proxy.Start();
        lock (_signals)
        {
            _proxy = proxy;
            if (_early is { } signal) proxy.ForwardSignal(signal);
        }

        // From here on everything is less urgent than the session: this thread and all that it starts.
        Scheduling.LowerThisThread(SessionObserver.Nice);
        SessionChannel? channel = null;
        Guarded(() => host.Start(guardian));
        Guarded(() => channel = Composition.OpenChannel(host, guardian, _errors, _time));

        var exited = 0L;
        _ = server.Exited.ContinueWith(_ => exited = _time.GetTimestamp(), TaskScheduler.Default);
        var status = await proxy.RunAsync().ConfigureAwait(false);
        guardian?.Release(server.Id);
        try
        {
            await tap.CompleteAsync(Left(exited) / 2).ConfigureAwait(false);
            observer.Report("server.exited", new Dictionary<string, string> { ["status"] = status.ToString(), ["code"] = status.ShellCode.ToString(CultureInfo.InvariantCulture) });
            observer.Report("session.ended", new Dictionary<string, string>());
            await host.FinishAsync(Left(exited)).ConfigureAwait(false);
            Subreaper.KillOrphans();
            Summarize(observer.Statistics, tap, host);
        }
        catch (Exception e)
        {
            _errors.Warn(Internal(e));
        }
        finally
        {
            await CloseAsync(channel).ConfigureAwait(false);
        }

        return status.ShellCode;
    }

    /// <summary>A fault of km's own is reported, and the session goes on.</summary>
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _errors.Warn(Internal(e));
        }
    }

    private async Task CloseAsync(SessionChannel? channel)
    {
        try
        {
            if (channel is not null) await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _errors.Warn(Internal(e));
        }
    }

    private static KmError Internal(Exception e) =>
        new(ErrorCode.Internal, "Something that should not happen happened in km; the session is not affected", e.ToString(), "Please report this.");

    /// <summary>What is left of the time after the server's end.</summary>
    private TimeSpan Left(long exited)
    {
        var left = FinishLimit - _time.GetElapsedTime(exited);
        return left > LeastLimit ? left : LeastLimit;
    }

    private Guardian? StartGuardian(ChildProcess server)
    {
        try
        {
            var guardian = Guardian.Start(GuardCommand.Self());
            guardian.Protect(server.Id);
            return guardian;
        }
        catch (ChildStartException e)
        {
            _errors.Warn(new KmError(
                ErrorCode.GuardianNotStarted, "The guardian process could not be started", e.Message, "If km is killed with SIGKILL, the server may stay behind."));
            return null;
        }
    }

    private void ListenForSignals()
    {
        foreach (var (received, sent) in new[]
                 {
                     (PosixSignal.SIGTERM, ChildSignal.Terminate), (PosixSignal.SIGINT, ChildSignal.Interrupt), (PosixSignal.SIGHUP, ChildSignal.Hangup),
                 })
        {
            // Under nohup, or in a shell's background, a signal is ignored by km and, as without km, by the server too.
            if (IgnoredSignals.Contains((int)sent)) continue;
            _signals.Add(PosixSignalRegistration.Create(received, context =>
            {
                context.Cancel = true;
                lock (_signals)
                {
                    if (_proxy is null) _early = sent;
                    else _proxy.ForwardSignal(sent);
                }
            }));
        }
    }

    private void Summarize(SessionStatistics statistics, MessageTap tap, PluginHosting host)
    {
        var losses = new List<string>();
        if (tap.Failure is { } failure) _errors.Warn(Internal(failure));
        if (tap.MissedBytes > 0) losses.Add($"observer missed {tap.MissedBytes} bytes");
        losses.AddRange(host.DescribeLosses());
        if (_errors.Lost > 0) losses.Add($"{_errors.Lost} lines of output not taken");
        if (!_options.Quiet || losses.Count > 0) _errors.WriteLine(SummaryLine.Format(_options.Name, statistics, losses));
    }

    private KmError Explain(ChildStartException e)
    {
        var command = _options.Server[0];
        return e.Failure switch
        {
            ChildStartFailure.NotFound => new KmError(
                ErrorCode.ServerNotFound, $"Cannot start the server: '{command}' was not found", e.Message,
                command.Contains('/', StringComparison.Ordinal) ? "Check the path." : "Check the spelling and PATH; MCP clients start servers with a short PATH, so an absolute path is safer."),
            ChildStartFailure.NotExecutable => new KmError(
                ErrorCode.ServerNotExecutable, $"Cannot start the server: '{command}' cannot be executed", e.Message, $"Is it a program, and executable? Try: chmod +x {command}"),
            _ => new KmError(ErrorCode.ServerNotStarted, $"Cannot start the server '{command}'", e.Message, "Is the system out of processes or memory?"),
        };
    }

    private static Stream StandardInput() => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : FileDescriptorStream.Standard(0);

    private static Stream StandardOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : FileDescriptorStream.Standard(1);
}
