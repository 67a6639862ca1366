using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Entitlements.Tokens;
using Kilometers.GoPlugin.Client;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Interception;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;
using Kilometers.PluginHost.Sharing;
using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost;

/// <summary>
/// All plugins of one session. They load in the background; what is observed meanwhile waits in their queues, so that an Active plugin
/// has seen the session from its first message.
/// </summary>
internal sealed partial class PluginHosting : IAsyncDisposable
{
    /// <summary>How long records of the session may still take to be written when all else is over: another km may hold the log.</summary>
    private static readonly TimeSpan RecordLimit = TimeSpan.FromSeconds(30);

    private readonly PluginHostingOptions _options;
    private readonly IPluginPresenter _presenter;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;
    private readonly string _session;
    private readonly PluginAudit _audit;
    private readonly PluginRoster _roster;
    private readonly RequiredPlugins _required;
    private readonly CancellationTokenSource _ending = new();

    /// <summary>The session's end has begun: no more looks at the subscription. What loads still gets what it was shown.</summary>
    private readonly CancellationTokenSource _finishing = new();
    private readonly CancellationToken _untilFinishing;
    private readonly LoadReports _reports;
    private readonly ProcessPool? _shared;
    private ProcessPool? _pool;
    private EntitlementSource? _source;
    private volatile EntitlementView _view = EntitlementView.SignedOut;
    private Task _resolving = Task.CompletedTask;
    private Task _loading = Task.CompletedTask;
    private Task _reporting = Task.CompletedTask;
    private Task _refreshing = Task.CompletedTask;
    private Task _warming = Task.CompletedTask;

    /// <param name="options">What the plugins get.</param>
    /// <param name="audit">The user's log.</param>
    /// <param name="presenter">Shows what happens to them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="shared">Processes that other sessions use, too; null: this session has its own.</param>
    public PluginHosting(
        PluginHostingOptions options,
        AuditLog audit,
        IPluginPresenter presenter,
        TimeProvider time,
        ProcessPool? shared = null
    )
    {
        _shared = shared;
        _options = options;
        _presenter = presenter;
        _time = time;
        _untilFinishing = _finishing.Token;
        _started = time.GetUtcNow();
        _session = Guid.CreateVersion7(_started).ToString("N");
        _audit = new PluginAudit(audit, _session, presenter.Warn);
        _required = new RequiredPlugins(options.Policy);
        _roster = new PluginRoster(
            options,
            source => new PluginInstance(source, presenter, _audit, options, time)
            {
                BecameActive = OnActive,
                FailedPermanently = _required.FailedPermanently,
                Acknowledged = () => Acknowledged?.Invoke(),
            },
            presenter,
            time
        );
        Interceptors = new Interceptors(options.Policy, () => _roster.All, () => _view, time);
        _reports = new LoadReports(() => _roster.All, presenter, options.Installed, time, _ending.Token);
    }

    /// <summary>The session's identifier.</summary>
    public string Session => _session;

    public DateTimeOffset Started => _started;

    public PluginHostingOptions Options => _options;

    /// <summary>How the user's entitlement stands; null where no plugin needs one.</summary>
    public EntitlementView? Entitlement => _roster.NeedsEntitlement ? _view : null;

    /// <summary>How often the entitlement decided whether a plugin may run.</summary>
    public DecisionTally Decisions => _roster.Decisions;

    public PluginAudit Audit => _audit;

    /// <summary>Takes what is observed, from the session's first byte on.</summary>
    public IObservationSink Sink => _roster.Dispatcher;

    /// <summary>Starts loading all plugins; returns at once.</summary>
    /// <param name="guardian">Ends them if we are killed; null if there is none.</param>
    public void Start(Guardian? guardian)
    {
        foreach (var warning in _roster.Warnings)
            _presenter.Warn(warning);

        // Nobody waits for it, not even the session's end: it looks into a checkout, which somebody else filled.
        _ = Task.Run(ReportUntrustedProject);
        if (_roster.All.Count == 0)
        {
            // Else every plugin says it.
            foreach (var problem in _options.Policy.Problems)
                _presenter.Warn(problem);
            if (_options.Installed is not null)
                _presenter.NoPlugins();
            return;
        }

        foreach (var warning in StartWarnings.Of(_options))
            _presenter.Warn(warning);

        // The first TLS of a process reads the system's authorities (50 to 200 ms), wanted or not: do it while plugins start.
        _warming = GoPluginClient.WarmUpAsync();
        _pool = _shared ?? new ProcessPool(guardian);
        var loads = new List<Task>();
        _resolving = Task.Run(() => ResolveAsync(loads));
        _loading = _resolving.ContinueWith(_ => Task.WhenAll(loads), TaskScheduler.Default).Unwrap();
        _reporting = _reports.RunAsync(_loading);
    }

    /// <summary>Waits until every plugin that policy requires is Active.</summary>
    /// <param name="limit">How long they may take.</param>
    /// <returns>Why the server must not be started; null if it may.</returns>
    public async Task<KmError?> WaitForRequiredAsync(TimeSpan limit)
    {
        if (await _required.WaitAsync(_loading, _roster.All, limit, _time).ConfigureAwait(false) is not var (plugin, error))
            return null;
        _audit.Session("session.denied", AuditDecision.Denied, plugin, error);
        return error;
    }

    /// <summary>Waits until a plugin that policy requires is lost for good; what that means for the session is recorded.</summary>
    /// <returns>What to report; completes never where none is lost.</returns>
    public async Task<KmError> WhenRequiredIsLostAsync()
    {
        var (plugin, error) = await _required.Lost.ConfigureAwait(false);
        var ends = _options.Policy.WhenRequiredIsLost == LossAction.End;
        error = error with { Summary = $"{error.Summary}; the session {(ends ? "ends" : "continues without it")}" };
        _audit.Session(ends ? "session.denied" : "session.unobserved", ends ? AuditDecision.Denied : AuditDecision.Info, plugin, error);
        return error;
    }

    /// <summary>The session is over: plugins get what they still wait for, then the time to shut down, all within the limit.</summary>
    /// <param name="limit">How long all of that may take, at most. Records that are not written by then are still written.</param>
    /// <param name="loadLimit">The same for plugins that are not Active yet.</param>
    /// <param name="last">Makes the session's last record, when everything else is over; null: there is none.</param>
    public async Task FinishAsync(TimeSpan limit, TimeSpan loadLimit, Func<AuditRecord>? last = null)
    {
        using var deliverBy = new CancellationTokenSource(limit * 0.8, _time);
        using var stopBy = new CancellationTokenSource(limit, _time);
        using var deliverLateBy = new CancellationTokenSource(loadLimit * 0.8, _time);
        using var stopLateBy = new CancellationTokenSource(loadLimit, _time);
        _required.Release();
        await _finishing.CancelAsync().ConfigureAwait(false);

        // Finding out which plugins may run takes long only on a busy machine, except where the API is asked.
        await WaitAsync(_resolving, _roster.NeedsEntitlement ? deliverBy.Token : deliverLateBy.Token).ConfigureAwait(false);
        await WaitAsync(_refreshing, deliverBy.Token).ConfigureAwait(false);
        await Task.WhenAll(
                _roster.All.Select(plugin =>
                    plugin.IsLoading
                        ? plugin.FinishAsync(deliverLateBy.Token, stopLateBy.Token)
                        : plugin.FinishAsync(deliverBy.Token, stopBy.Token)
                )
            )
            .ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
        if (last is not null)
            _audit.Record(last);
        using var recordBy = new CancellationTokenSource(RecordLimit, _time);
        await WaitAsync(_audit.CompleteAsync(), recordBy.Token).ConfigureAwait(false);
    }

    /// <summary>All plugins of the session, as they are now. On any thread, at any time.</summary>
    public IReadOnlyList<PluginSnapshot> Snapshot() =>
        [.. _roster.All.Where(plugin => !plugin.IsDismissed).Select(plugin => plugin.Snapshot)];

    /// <summary>A plugin did what it must not, as somebody found who measures it: it is ended, and started again as after any failure.</summary>
    /// <param name="name">Its name; nothing happens if none of it runs.</param>
    /// <param name="error">What it did.</param>
    public void Fail(string name, KmError error) => Find(name)?.Fail(error);

    /// <summary>Ends a plugin's process and starts another, also where it was given up or refused.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait for the outcome.</param>
    /// <returns>Why it is not Active; null if it is.</returns>
    public Task<KmError?> RestartAsync(string name, CancellationToken cancellationToken) =>
        Find(name) is { } plugin
            ? plugin.RestartAsync(CreateStart(), () => _roster.Admit(plugin, _view), cancellationToken)
            : Task.FromResult<KmError?>(LaunchErrors.NotInSession(name));

    /// <summary>Starts a plugin that was switched off; it gets what is observed from then on.</summary>
    /// <inheritdoc cref="RestartAsync"/>
    public Task<KmError?> EnableAsync(string name, CancellationToken cancellationToken) =>
        Find(name) is { } plugin
            ? plugin.EnableAsync(CreateStart(), () => _roster.Admit(plugin, _view), cancellationToken)
            : Task.FromResult<KmError?>(LaunchErrors.NotInSession(name));

    /// <summary>Switches a plugin off for this session: it finishes its queue, briefly, and nothing is kept for it from then on.</summary>
    /// <returns>Null, or that there is no such plugin or session any more.</returns>
    /// <inheritdoc cref="RestartAsync"/>
    public Task<KmError?> DisableAsync(string name, CancellationToken cancellationToken) =>
        _options.Policy.WhyKept(name) is { } kept ? Task.FromResult<KmError?>(kept)
        : Find(name) is { } plugin ? plugin.DisableAsync(cancellationToken)
        : Task.FromResult<KmError?>(LaunchErrors.NotInSession(name));

    /// <summary>Called after each acknowledgement of a plugin; on its delivery's thread.</summary>
    public Action? Acknowledged { get; set; }

    /// <summary>The sequence up to which all plugins have handled all items; <see cref="ulong.MaxValue"/>: all that there are.</summary>
    public ulong HandledUpTo
    {
        get
        {
            var least = ulong.MaxValue;
            foreach (var plugin in _roster.All)
                least = Math.Min(least, plugin.Queue.HandledUpTo);
            return least;
        }
    }

    /// <inheritdoc cref="PluginDispatcher.IsCatchingUp"/>
    public bool IsCatchingUp => _roster.Dispatcher.IsCatchingUp;

    /// <summary>Items that plugins have acknowledged, all together: it grows as long as anything is delivered.</summary>
    public long Delivered => _roster.All.Sum(plugin => plugin.Queue.Delivered);

    /// <summary>The processes of its plugins that live and serve no other session.</summary>
    public IReadOnlyList<int> OwnProcesses => [.. _roster.All.Select(plugin => plugin.OwnProcessId).OfType<int>()];

    /// <summary>Whether plugins are still being loaded.</summary>
    public bool IsLoading => !_resolving.IsCompleted || _roster.All.Any(plugin => plugin.IsLoading);

    /// <summary>What did not reach plugins, in words, one entry per plugin and reason; empty if everything did.</summary>
    public IReadOnlyList<string> DescribeLosses() => _roster.DescribeLosses();

    public async ValueTask DisposeAsync()
    {
        await _finishing.CancelAsync().ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _resolving.ConfigureAwait(false);
        await _refreshing.ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
        await _reports.CompleteAsync().ConfigureAwait(false);
        _ = _audit.CompleteAsync();
        await _warming.ConfigureAwait(false);
        foreach (var plugin in _roster.All)
            await plugin.DisposeAsync().ConfigureAwait(false);
        if (_shared is null)
            _pool?.Dispose();
        _ending.Dispose();
        _finishing.Dispose();
    }

    private void ReportUntrustedProject()
    {
        if (_roster.FindUntrusted(_untilFinishing) is not { } error || _untilFinishing.IsCancellationRequested)
            return;
        _presenter.Warn(error);
        _audit.Session("plugin.denied", AuditDecision.Denied, null, error);
    }

    /// <summary>
    /// Finds out which of the plugins may run, and starts those. What needs no entitlement does not wait for it; what does waits for the API
    /// only where the cache is too old.
    /// </summary>
    private async Task ResolveAsync(List<Task> loads)
    {
        try
        {
            _source = _options.Entitlements?.Invoke();
            _view = _source?.Known() ?? _view;
            _roster.Decide(_view, isCurrent: false, plugin => loads.Add(LoadAsync(plugin)));
            if (!_roster.NeedsEntitlement)
                return;
            if (_source is not null)
                _view = await _source.GetAsync(_roster.Builds, force: false, _ending.Token).ConfigureAwait(false);
            // Those that do not wait for the API may have been started with less than it allows, or with more.
            await _roster.ReviewAsync(_view, plugin => loads.Add(LoadAsync(plugin))).ConfigureAwait(false);
            if (_source is not null && _view != EntitlementView.SignedOut)
                _refreshing = RefreshAsync(_source);
        }
        catch (KmException e)
        {
            // The user's settings or account cannot be read: what needs them does not run, and says so.
            (_source, _view) = (null, EntitlementView.SignedOut with { Error = e.Error });
            _roster.Decide(_view, isCurrent: true, plugin => loads.Add(LoadAsync(plugin)));
        }
        catch (OperationCanceledException)
        {
            // The session ended first.
        }
    }

    /// <summary>Checks the subscription every 5 minutes.</summary>
    private async Task RefreshAsync(EntitlementSource source)
    {
        try
        {
            while (true)
            {
                // Several km of a user that started together do not stay together.
                await Task.Delay(source.Refresh * (0.9 + (0.2 * Random.Shared.NextDouble())), _time, _finishing.Token)
                    .ConfigureAwait(false);
                var next = await AskAsync(source, _view).ConfigureAwait(false);
                if (next.State == EntitlementState.Grace && _view.State != EntitlementState.Grace && next.Error is { } outage)
                    _presenter.Warn(
                        outage with
                        {
                            Detail = $"Plugins go on without it until {DateTimeOffset.FromUnixTimeSeconds(next.Token!.OfflineUntil):u}.",
                        }
                    );
                _view = next;
                await _roster.ReviewAsync(next, plugin => _ = LoadAsync(plugin)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    /// <summary>What it is that holds now; the last that was known where that cannot be found out.</summary>
    private async Task<EntitlementView> AskAsync(EntitlementSource source, EntitlementView last)
    {
        try
        {
            return await source.GetAsync(_roster.Builds, force: false, _finishing.Token).ConfigureAwait(false);
        }
        catch (KmException e)
        {
            if (last.Error != e.Error)
                _presenter.Warn(e.Error);
            return last with { Error = e.Error };
        }
    }

    private Task LoadAsync(PluginInstance plugin)
    {
        if (_ending.IsCancellationRequested)
            return Task.CompletedTask;
        return plugin.LoadAsync(CreateStart(), () => _roster.Admit(plugin, _view));
    }

    private PluginStart CreateStart()
    {
        var facts = new SessionFacts
        {
            SessionId = _session,
            ServerLabel = _options.ServerLabel,
            ServerCommand = _options.ServerCommand?.Value ?? "",
            HostVersion = _options.HostVersion,
            Started = _started,
            Color = _options.Color,
            ApiEndpoint = _view.CustomerId is null ? "" : _source?.Endpoint ?? "",
        };
        return new PluginStart(_pool!, facts, _view);
    }

    private PluginInstance? Find(string name) =>
        _pool is null ? null : _roster.All.FirstOrDefault(plugin => !plugin.IsDismissed && plugin.Label == name);

    private void OnActive(PluginInstance plugin, int restarts)
    {
        _required.BecameActive(plugin);
        Interceptors.BecameActive();
        _reports.BecameActive(plugin, restarts);
    }

    private static async Task WaitAsync(Task task, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Its time is up; what it has not done stays undone and is counted or said.
        }
    }
}
