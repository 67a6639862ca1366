using System.Globalization;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Monitoring.Observation;
using Kilometers.Monitoring.Relay;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;
using Kilometers.PluginHost.Witnessing;
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
    private static readonly TimeSpan MinLimit = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// Limit on the bytes queued for the observer, which is slower than a relay that copies a burst from one pipe to the next: room for a
    /// hundred messages of a megabyte each, whatever else the machine does. The memory is the system's again when the burst is over.
    /// </summary>
    private const long TapLimit = 128L << 20;

    /// <summary>How long the plugins that policy requires may take, all together, before the session is refused.</summary>
    private static readonly TimeSpan RequiredLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long the session's end may be shown to the witness of the audit log: the next session catches up.</summary>
    private static readonly TimeSpan WitnessLimit = TimeSpan.FromMilliseconds(500);

    private readonly MonitorOptions _options;
    private readonly PluginPaths _paths = PluginPaths.Default();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly StandardError _errors = new();

    // A server that asks its user on /dev/tty must be where the terminal listens.
    private readonly bool _sharesGroup = ControllingTerminal.Exists();
    private readonly SessionSignals _signals;
    private volatile bool _isUnobserved;

    // From then on the session is km's to serve; until then the server can be started again without it.
    private volatile bool _hasRead;

    private MonitorSession(MonitorOptions options)
    {
        var why = options.NoPlugins ? null : ResourceHeadroom.WhyFilesAreTooSmall();
        if (why is not null)
            _errors.Warn(new KmError(ErrorCode.NoRoomForPlugins, "Plugins are not started", why));
        _options = options with { NoPlugins = options.NoPlugins || why is not null };
        _signals = new SessionSignals(_sharesGroup);
    }

    public static async Task<int> RunAsync(MonitorOptions options)
    {
        if (ResourceHeadroom.WhyTooSmall() is { } why)
            return UnobservedRun.Start(options, why);
        MonitorSession? session = null;
        string fault;
        try
        {
            session = new MonitorSession(options);
            return await session.RunAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (session is not { _hasRead: true })
        {
            fault = e.Message;
        }
        finally
        {
            session?.Dispose();
        }

        return session is { _signals.FirstStop: > 0 and var signal } ? 128 + signal : UnobservedRun.Start(options, fault);
    }

    public void Dispose()
    {
        _signals.Dispose();
        _errors.Dispose();
    }

    private async Task<int> RunAsync()
    {
        Subreaper.Enable();
        var policy = PolicyFiles.Read(_paths);
        if (policy.Refusal is { } refusal)
            return SessionFaults.Refuse(refusal, _paths, _errors, _time);
        if (policy.RequiredPlugins.Count > 0)
            return await RunAfterPluginsAsync(policy).ConfigureAwait(false);
        try
        {
            return await WithServerAsync(async server =>
                {
                    // At once, and at full priority: until the guardian knows the server, a SIGKILL of km would leave it behind.
                    using var guardian = SessionFaults.StartGuardian(_errors);
                    guardian?.Protect(server.Id);
                    StartWitness();
                    var host = Composition.CreatePluginHost(_options, _paths, policy, _errors, _time);
                    await using var hosting = host.ConfigureAwait(false);
                    return await RelayAsync(server, guardian, host, () => host.Start(guardian)).ConfigureAwait(false);
                })
                .ConfigureAwait(false);
        }
        catch (ChildStartException e) when (e.Failure != ChildStartFailure.NoResources)
        {
            return _errors.Report(ServerStart.Explain(_options, e));
        }
    }

    /// <summary>Policy requires plugins: the server is started when they run, and not at all if they do not.</summary>
    private async Task<int> RunAfterPluginsAsync(PluginPolicy policy)
    {
        using var guardian = SessionFaults.StartGuardian(_errors);
        var host = Composition.CreatePluginHost(_options, _paths, policy, _errors, _time);
        await using var hosting = host.ConfigureAwait(false);
        try
        {
            if (StartPlugins(host, guardian) is { } missing)
            {
                await host.FinishAsync(FinishLimit).ConfigureAwait(false);
                return _errors.Report(missing);
            }

            return await WithServerAsync(async server =>
                {
                    guardian?.Protect(server.Id);
                    StartWitness();
                    _ = EndWithoutRequiredAsync(host, policy);
                    var status = await RelayAsync(server, guardian, host, () => { }).ConfigureAwait(false);
                    return _isUnobserved ? 1 : status;
                })
                .ConfigureAwait(false);
        }
        catch (ChildStartException e)
        {
            await host.FinishAsync(FinishLimit).ConfigureAwait(false);
            return _errors.Report(ServerStart.Explain(_options, e));
        }
        catch (OperationCanceledException) when (_signals.Stopping.IsCancellationRequested)
        {
            // As if the server had been there for the signal.
            await host.FinishAsync(FinishLimit).ConfigureAwait(false);
            return 128 + _signals.FirstStop;
        }
    }

    /// <summary>Starts the plugins at their lower priority and waits, on this thread, so that what follows keeps the session's.</summary>
    /// <returns>Why the server must not be started; null if it may.</returns>
    private KmError? StartPlugins(PluginHosting host, Guardian? guardian)
    {
        var starting = new Thread(() =>
        {
            Scheduling.LowerThisThread(SessionObserver.Nice);
            Guarded(() => host.Start(guardian));
        });
        starting.Start();
        starting.Join();
        return host.WaitForRequiredAsync(RequiredLimit, _signals.Stopping).GetAwaiter().GetResult();
    }

    /// <summary>A plugin that policy requires is lost: the session ends as if it had been told to, or goes on, as policy says.</summary>
    private async Task EndWithoutRequiredAsync(PluginHosting host, PluginPolicy policy)
    {
        var lost = await host.WhenRequiredIsLostAsync().ConfigureAwait(false);
        if (policy.WhenRequiredIsLost == LossAction.Report)
        {
            _errors.Warn(lost);
            return;
        }

        _isUnobserved = true;
        _errors.Report(lost);
        _signals.Terminate();
    }

    private async Task<int> WithServerAsync(Func<ChildProcess, Task<int>> session)
    {
        using var server = ChildProcess.Start(ServerStart.Of(_options, _sharesGroup));
        try
        {
            return await session(server).ConfigureAwait(false);
        }
        catch when (!_hasRead)
        {
            // It has got nothing yet, so another may take its place.
            server.KillTree();
            await server.Exited.ConfigureAwait(false);
            throw;
        }
    }

    private async Task<int> RelayAsync(ChildProcess server, Guardian? guardian, PluginHosting host, Action startPlugins)
    {
        var records = _paths.HomeProblem is null ? new SessionRecords(host.Audit, _options) : null;
        var observer = new SessionObserver(records?.Watch(host.Sink) ?? host.Sink, _options.BufferSize, _time);
        var tap = new MessageTap(observer, TapLimit, _time, host.ObservationStore);
        observer.Report("session.started", new Dictionary<string, string> { ["server"] = _options.Name });
        var proxy = new StdioProxy(server, StandardInput(), StandardOutput(), _errors.Stream, tap, new RelayOptions(), _time);
        tap.Start();
        proxy.Start();
        _hasRead = true;
        _signals.PassOnTo(proxy);

        // From here on everything is less urgent than the session: this thread and all that it starts.
        Scheduling.LowerThisThread(SessionObserver.Nice);
        SessionChannel? channel = null;
        SessionWitness? witness = null;
        if (_paths.HomeProblem is { } problem)
            _errors.Warn(SessionFaults.WithoutHome(problem, _options.NoPlugins));
        Guarded(() => records?.Started(server));
        Guarded(startPlugins);
        Guarded(() => witness = Composition.StartWitness(_paths, _errors, _time));
        Guarded(() => channel = Composition.OpenChannel(host, _paths, guardian, _errors, _time));

        var exited = 0L;
        _ = server.Exited.ContinueWith(_ => exited = _time.GetTimestamp(), TaskScheduler.Default);
        var status = await proxy.RunAsync().ConfigureAwait(false);
        guardian?.Release(server.Id);
        try
        {
            await tap.CompleteAsync(Left(exited) / 2).ConfigureAwait(false);
            observer.Report(
                "server.exited",
                new Dictionary<string, string>
                {
                    ["status"] = status.ToString(),
                    ["code"] = status.ShellCode.ToString(CultureInfo.InvariantCulture),
                }
            );
            observer.Report("session.ended", new Dictionary<string, string>());
            if (records is not null)
                await records.WaitAsync(Left(exited) / 2).ConfigureAwait(false);
            await host.FinishAsync(
                    Left(exited),
                    records is null
                        ? null
                        : () => records.Ended(status, observer.Statistics, Unobserved(observer.Statistics, tap), host.DescribeLosses())
                )
                .ConfigureAwait(false);
            Subreaper.KillOrphans();
            if (witness is not null)
                await witness.FinishAsync(Shorter(Left(exited), WitnessLimit)).ConfigureAwait(false);
            if (proxy.OutputFailure is { } failure)
                _errors.Warn(
                    new KmError(
                        ErrorCode.OutputFailed,
                        "The server's output could not be passed on to the client",
                        failure,
                        "Check where km's standard output leads."
                    )
                );
            Summarize(observer.Statistics, tap, host);
        }
        catch (Exception e)
        {
            _errors.Warn(SessionFaults.Internal(e));
        }
        finally
        {
            await CloseAsync(channel).ConfigureAwait(false);
            await CloseAsync(witness).ConfigureAwait(false);
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
            _errors.Warn(SessionFaults.Internal(e));
        }
    }

    private async Task CloseAsync(IAsyncDisposable? channel)
    {
        try
        {
            if (channel is not null)
                await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _errors.Warn(SessionFaults.Internal(e));
        }
    }

    private static long Unobserved(SessionStatistics statistics, MessageTap tap) =>
        statistics.Missed.Values.Sum(gap => gap.Bytes) + tap.UntoldBytes;

    /// <summary>What is left of the time after the server's end.</summary>
    private TimeSpan Left(long exited)
    {
        var left = FinishLimit - _time.GetElapsedTime(exited);
        return left > MinLimit ? left : MinLimit;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void StartWitness()
    {
        if (!_sharesGroup)
            return;
        try
        {
            _signals.Witness = GroupWitness.Start(WitnessCommand.Self());
        }
        catch (ChildStartException)
        {
            // What the terminal sends to the whole group then reaches the server twice.
        }
    }

    private void Summarize(SessionStatistics statistics, MessageTap tap, PluginHosting host)
    {
        var losses = new List<string>();
        if (tap.Failure is { } failure)
            _errors.Warn(SessionFaults.Internal(failure));
        if (tap.StoreFailure is { } unkept)
            _errors.Warn(PluginHosting.NotKept(unkept));
        if (tap.UntoldBytes is > 0 and var untold)
            losses.Add($"{Units.Bytes(untold)} not observed (the session ended first)");
        losses.AddRange(host.DescribeLosses());
        if (_errors.Lost > 0)
            losses.Add($"{_errors.Lost} lines of output not taken");
        if (!_options.Quiet || losses.Count > 0 || statistics.Missed.Count > 0)
            _errors.WriteLine(SummaryLine.Format(_options.Name, statistics, losses));
    }

    private static Stream StandardInput() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardInput()
        : StandardStreams.WasClosed(0) ? Stream.Null
        : FileDescriptorStream.Standard(0);

    private static Stream StandardOutput() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardOutput()
        : StandardStreams.WasClosed(1) ? Stream.Null
        : FileDescriptorStream.Standard(1);
}
