using System.Globalization;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Link.Connection;
using Kilometers.Link.Holding;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Control;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Policies;
using Kilometers.PluginHost.Sharing;
using Kilometers.PluginHost.Witnessing;
using Kilometers.Processes;
using Kilometers.Processes.Guarding;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Cli.Serving;

/// <summary>One session in the host, from its relay's first word to what its plugins do after its end. On a thread of its own.</summary>
internal sealed class HostedSession : IDisposable
{
    /// <summary>How long plugins may take after the server's end, all together.</summary>
    private static readonly TimeSpan FinishLimit = TimeSpan.FromMilliseconds(1700);

    /// <summary>The same for plugins that are not Active yet: a session may be over before they are. The relay does not wait for it.</summary>
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan BusyEvery = TimeSpan.FromMilliseconds(8);

    /// <summary>How long the plugins that policy requires, or that are to decide about requests, may take before the server is refused, or started.</summary>
    private static readonly TimeSpan RequiredLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long what became of held requests may take to be recorded at the session's end.</summary>
    private static readonly TimeSpan HoldLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>What has not ended so long after its server never will. All limits of what happens then, together, are less.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(90);

    /// <summary>How long the session's end may be shown to the witness of the audit log: the next session catches up.</summary>
    private static readonly TimeSpan WitnessLimit = TimeSpan.FromMilliseconds(500);

    private readonly LinkSocket _link;
    private readonly SessionHello _hello;
    private readonly RingReader? _ring;
    private readonly Guardian? _guardian;
    private readonly ProcessPool _processes;
    private readonly TimeProvider _time;
    private readonly MonitorOptions _options;
    private readonly PluginPaths _paths;
    private readonly StandardError _errors;
    private readonly TreeWatch _tree;
    private volatile int _columns;
    private readonly HoldTally _held = new();
    private readonly TaskCompletionSource _isOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionRecords? _records;
    private PluginHosting? _host;
    private HoldWatch? _holds;

    /// <param name="link">The relay.</param>
    /// <param name="hello">What it said first.</param>
    /// <param name="ring">What it forwards; null where there is no memory for that.</param>
    /// <param name="options">What the user asked for.</param>
    /// <param name="guardian">Ends plugins if this host is killed; null if there is none.</param>
    /// <param name="processes">The plugin processes of all sessions.</param>
    /// <param name="time">The clock.</param>
    public HostedSession(
        LinkSocket link,
        SessionHello hello,
        RingReader? ring,
        MonitorOptions options,
        Guardian? guardian,
        ProcessPool processes,
        TimeProvider time
    )
    {
        (_link, _hello, _ring, _guardian, _processes, _time) = (link, hello, ring, guardian, processes, time);
        _columns = hello.Columns;
        var variables = hello.TerminalVariables.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        _errors = new StandardError(new RelayOutput(link), hello.IsTerminal, variables.GetValueOrDefault, () =>
            _columns > 0 ? _columns : null
        );
        _paths = PluginPaths.Default() with { Project = hello.Folder };
        _tree = new TreeWatch(hello.Process);
        var why = options.NoPlugins ? null : ResourceHeadroom.WhyFilesAreTooSmall();
        if (why is not null)
            _errors.Warn(SessionFaults.NoRoomForPlugins(why, isObserved: ring is not null));
        else if (ring is null)
            _errors.Warn(SessionFaults.NoSharedMemory);
        _options = options with { NoPlugins = options.NoPlugins || why is not null };
    }

    public void Dispose()
    {
        _tree.Dispose();
        _holds?.Dispose();
        _errors.Dispose();
        _ring?.Dispose();
        _link.Dispose();
    }

    /// <summary>Serves the session.</summary>
    /// <exception cref="TimeoutException">Something of it never ends: whoever serves it must not wait for that.</exception>
    public async Task RunAsync()
    {
        using var overdue = new CancellationTokenSource();
        var (serving, limit) = (ServeAsync(), WaitForLimitAsync(overdue.Token));
        if (await Task.WhenAny(serving, limit).ConfigureAwait(false) == limit)
            throw new TimeoutException($"A session has not ended {EndLimit.TotalSeconds:0} s after its server: {DescribeEnd()}");
        await overdue.CancelAsync().ConfigureAwait(false);
        await serving.ConfigureAwait(false);
    }

    private async Task WaitForLimitAsync(CancellationToken cancellationToken)
    {
        await _isOver.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await Task.Delay(EndLimit, _time, cancellationToken).ConfigureAwait(false);
    }

    private string DescribeEnd() =>
        _host is not { } host
            ? "it has no plugins"
            : string.Join(
                ", ",
                host.Snapshot()
                    .Select(plugin => $"{plugin.Name} {plugin.State}")
                    .Append(host.Audit.IsWriting ? "records wait" : "all is recorded")
            );

    private async Task ServeAsync()
    {
        var policy = PolicyFiles.Read(_paths);
        if (policy.Refusal is { } refusal)
        {
            Refuse(SessionFaults.Refuse(refusal, _paths, _errors, _time));
            return;
        }

        var canHold = _hello.Transport == SessionHello.Stdio;
        var host = Composition.CreatePluginHost(_options, _paths, policy, canHold, _errors, _time, _processes);
        await using var hosting = host.ConfigureAwait(false);
        _host = host;
        if (WhyNotHeld(host) is { } unheld)
        {
            Refuse(_errors.Report(unheld));
            return;
        }

        var isHeld = canHold && host.Interceptors.AreGranted;
        var isRequired = policy.RequiredPlugins.Count > 0;
        if (isRequired || isHeld)
            host.Start(_guardian);
        if (isRequired)
        {
            if (await host.WaitForRequiredAsync(RequiredLimit).ConfigureAwait(false) is { } missing)
            {
                await host.FinishAsync(FinishLimit, FinishLimit).ConfigureAwait(false);
                Refuse(_errors.Report(missing));
                return;
            }

            _ = EndWithoutRequiredAsync(host, policy);
        }

        if (isHeld && !_hello.IsResumed)
        {
            await host.WaitForInterceptorsAsync(RequiredLimit).ConfigureAwait(false);
            _link.TrySend(FrameKind.Intercept, HoldRule.Write(host.Interceptors.Rules).Content);
        }

        _link.TrySend(FrameKind.Start);
        await WatchAsync(host, isRequired || isHeld ? () => { } : () => host.Start(_guardian)).ConfigureAwait(false);
    }

    /// <summary>Over HTTP nothing can be held: where policy stops what is undecided, there is no session; else it is said that nothing is held.</summary>
    /// <returns>Why there is no session; null if there is.</returns>
    private KmError? WhyNotHeld(PluginHosting host)
    {
        if (!host.Interceptors.AreGranted || _hello.Transport != SessionHello.Http)
            return null;
        var isRefused = host.Interceptors.AreClosed;
        var error = SessionFaults.NotHeld(isRefused);
        host.RecordWithoutInterception(error, isRefused);
        if (isRefused)
            return error;
        _errors.Warn(error);
        return null;
    }

    private async Task WatchAsync(PluginHosting host, Action startPlugins)
    {
        _records = _paths.HomeProblem is null ? new SessionRecords(host.Audit, _options, _hello.Folder) : null;
        var observer = new SessionObserver(_records?.Watch(host.Sink) ?? host.Sink, _options.BufferSize, _time, _hello.Started);
        observer.Report("session.started", new Dictionary<string, string> { ["server"] = _options.Name, ["transport"] = _hello.Transport });
        TakeOver(observer);
        var handled = () => host.HandledUpTo;
        SessionChannel? channel = null;
        void NoteHandled()
        {
            _ring?.NoteHandled(handled);
            channel?.NoteTraffic();
        }

        host.Acknowledged = NoteHandled;
        SessionWitness? witness = null;
        if (_paths.HomeProblem is { } problem)
            _errors.Warn(SessionFaults.WithoutHome(problem, _options.NoPlugins));
        if (_hello.Transport == SessionHello.Http)
            Guarded(() => _records?.Connected());
        Guarded(startPlugins);
        Guarded(() => witness = Composition.StartWitness(_paths, _errors, _time));
        Guarded(() => channel = Composition.OpenChannel(host, _paths, _guardian, _errors, _hello.Process, _time));
        try
        {
            var watch = new RingWatch(_ring, _link, observer, _time)
            {
                Take = Take,
                IsCatchingUp = () => host.IsCatchingUp,
                Observed = (Action)_tree.NoteActivity + NoteHandled,
            };
            await Task
                .Factory.StartNew(watch.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
            _isOver.TrySetResult();
            await EndAsync(host, observer, watch).ConfigureAwait(false);
            if (witness is not null)
                await witness.FinishAsync(WitnessLimit).ConfigureAwait(false);
        }
        finally
        {
            await CloseAsync(channel).ConfigureAwait(false);
            await CloseAsync(witness).ConfigureAwait(false);
        }
    }

    /// <summary>What an earlier host lost of the session, and what this one cannot see, is said first.</summary>
    private void TakeOver(SessionObserver observer)
    {
        if (_ring is null)
        {
            observer.ObserveNothing(DropReason.NoSharedMemory);
            return;
        }

        Span<long> lines = stackalloc long[Enum.GetValues<Channel>().Length];
        observer.Resume(_ring.TakeOver(lines), lines);
        _ring.Items = observer.Sequence;
    }

    private async Task EndAsync(PluginHosting host, SessionObserver observer, RingWatch watch)
    {
        // A relay that ended without a word was killed: what it started must not stay behind.
        if (watch.Ended is null)
            _tree.EndAll();
        var status = watch.Ended ?? new ExitStatus(0, (int)ChildSignal.Kill);
        observer.Report(
            "server.exited",
            new Dictionary<string, string>
            {
                ["status"] = watch.Ended is null ? "unknown: km was killed" : status.ToString(),
                ["code"] = status.ShellCode.ToString(CultureInfo.InvariantCulture),
            }
        );
        observer.Report("session.ended", new Dictionary<string, string>());
        _link.TrySend(FrameKind.Busy);
        if (_holds is not null)
            await _holds.FinishAsync(HoldLimit, _time).ConfigureAwait(false);
        var finishing = FinishAsync(host, observer, status);
        await WhileMovingAsync(host, finishing, watch.EndTimeout).ConfigureAwait(false);
        Summarize(observer.Statistics, watch, host);
        _errors.Dispose();
        _link.TrySend(FrameKind.Done);
        await finishing.ConfigureAwait(false);
    }

    private async Task FinishAsync(PluginHosting host, SessionObserver observer, ExitStatus status)
    {
        if (_records is { } records)
            await records.WaitAsync(FinishLimit / 2).ConfigureAwait(false);
        await host.FinishAsync(
                FinishLimit,
                LoadLimit,
                _records is null
                    ? null
                    : () => _records.Ended(status, observer.Statistics, Unobserved(observer.Statistics), host.DescribeLosses())
            )
            .ConfigureAwait(false);
    }

    /// <summary>The relay waits as long as something moves, and no longer: a frozen plugin delays nobody's end.</summary>
    private async Task WhileMovingAsync(PluginHosting host, Task finishing, TimeSpan patience)
    {
        var watch = new EndWatch(host, _time);
        var start = _time.GetTimestamp();
        var limit = patience > TimeSpan.Zero ? patience * 0.8 : FinishLimit;
        while (!finishing.IsCompleted && watch.IsMoving() && _time.GetElapsedTime(start) < limit)
        {
            _link.TrySend(FrameKind.Busy);
            await Task.WhenAny(finishing, Task.Delay(BusyEvery, _time)).ConfigureAwait(false);
        }
    }

    private void Take(FrameKind kind, byte[] content, List<SafeFileHandle> passed)
    {
        var reader = new FrameReader(content);
        switch (kind)
        {
            case FrameKind.Resized:
                _columns = (int)reader.Number();
                break;
            case FrameKind.ServerStarted:
                var id = (int)reader.Number();
                _tree.Protect(id, (ulong)reader.Number());
                Guarded(() => _records?.Started(id));
                break;
            case FrameKind.HoldMemory:
                Hold(passed);
                break;
        }
    }

    private void Hold(List<SafeFileHandle> passed)
    {
        if (passed is not [var memory, var connection] || SharedMemory.TryOpen(memory, canWrite: false) is not { } room)
            return;
        _holds?.Dispose();
        _holds = new HoldWatch(new LinkSocket(connection), room, _host!, _held, _errors);
        _holds.Start();
    }

    /// <summary>A plugin that policy requires is lost: the session ends as if it had been told to, or continues, as policy says.</summary>
    private async Task EndWithoutRequiredAsync(PluginHosting host, PluginPolicy policy)
    {
        var lost = await host.WhenRequiredIsLostAsync().ConfigureAwait(false);
        if (policy.WhenRequiredIsLost == LossAction.Report)
        {
            _errors.Warn(lost);
            return;
        }

        _errors.Report(lost);
        _link.TrySend(FrameKind.Terminate, new FrameWriter().Add(1L).Content);
    }

    /// <summary>The server must not be started; one that was, must end.</summary>
    private void Refuse(int status)
    {
        _errors.Dispose();
        _link.TrySend(_hello.Waits ? FrameKind.Refuse : FrameKind.Terminate, new FrameWriter().Add((long)status).Content);
    }

    /// <summary>A fault of km's own is reported, and the session continues.</summary>
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

    private long Unobserved(SessionStatistics statistics)
    {
        if (_ring is null)
            return 0;
        var forwarded = _ring.Forwarded(Channel.Inbound) + _ring.Forwarded(Channel.Outbound) + _ring.Forwarded(Channel.ServerError);
        return Math.Max(statistics.Missed.Values.Sum(gap => gap.Bytes), forwarded - _ring.Observed);
    }

    private void Summarize(SessionStatistics statistics, RingWatch watch, PluginHosting host)
    {
        var losses = new List<string>();
        if (watch.Failure is { } failure)
            _errors.Warn(SessionFaults.Internal(failure));
        losses.AddRange(host.DescribeLosses());
        if (_errors.Lost > 0)
            losses.Add($"{_errors.Lost} lines of output not taken");
        if (!_options.Quiet || losses.Count > 0 || statistics.Missed.Count > 0)
            _errors.WriteLine(SummaryLine.Format(_options.Name, statistics, losses, _held.Stopped, _held.Unchecked));
    }
}
