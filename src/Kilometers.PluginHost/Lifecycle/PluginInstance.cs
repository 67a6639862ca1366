using Kilometers.Contracts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Spilling;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// One plugin of one session: its state, its queue, who supervises its process, and what it can be told to do. Whatever it does, only its
/// own instance is concerned: failures end in <see cref="PluginState.Error"/> with a reason, never in an exception to the host.
/// </summary>
internal sealed class PluginInstance : IAsyncDisposable
{
    /// <summary>How long a plugin that is ended on purpose may take for what it was sent, and then to shut down.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>At the session's end only a restart that comes at once can still deliver anything.</summary>
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(300);

    private readonly PluginContext _context;
    private readonly PluginLife _life;

    private readonly CommandTurns _turns;
    private volatile PluginSupervisor? _supervisor;
    private PluginStart? _start;
    private Func<KmError?> _admit = () => null;
    private int _restarts;
    private long _failed;
    private long _tooLarge;
    private Overflow? _overflow;

    public PluginInstance(
        PluginSource source,
        IPluginPresenter presenter,
        PluginAudit audit,
        PluginHostingOptions options,
        TimeProvider time
    )
    {
        Source = source;
        Queue = new PluginQueue(options.QueueSize, time) { Acknowledged = _ => Acknowledged?.Invoke() };
        _life = new PluginLife(source.Label, audit, time);
        _turns = new CommandTurns(() => LaunchErrors.SessionEnds(Label));
        _context = new PluginContext(source, _life, Queue, audit, presenter, options, time)
        {
            FailedPermanently = () => FailedPermanently?.Invoke(this),
            Identified = Guarantee,
        };

        // Which plugin it is turns out later than the session's first messages come.
        if (options.Policy.MayGuarantee)
            Spill();
    }

    /// <summary>Called after each acknowledgement; on the delivery's thread.</summary>
    public Action? Acknowledged { get; init; }

    /// <summary>The plugin's name once it has said it; its file's name before.</summary>
    public string Label => _life.Label;

    public PluginQueue Queue { get; }

    public PluginSource Source { get; }

    public PluginState State => _life.State;

    /// <summary>Whether it will be Active soon, if nothing goes wrong.</summary>
    public bool IsLoading => !IsDismissed && !IsDisabled && State is not (PluginState.Active or PluginState.Error or PluginState.Stopped);

    /// <summary>Why it is in <see cref="PluginState.Error"/>.</summary>
    public KmError? Error => _life.Error;

    /// <summary>Whether it does not run because it may not: it was refused, or ended when it was no longer allowed.</summary>
    public bool IsRefused => _life.IsRefused;

    /// <summary>What became of that which it did not get, in words.</summary>
    public string Undelivered =>
        this switch
        {
            { IsRefused: true } => _life.WasActive ? "not delivered (it may no longer run)" : "not delivered (it may not run)",
            { Error: not null } => "not delivered (it failed)",
            _ => "not delivered in time",
        };

    /// <summary>What it is, once it was Active.</summary>
    public LoadedPlugin? Loaded { get; private set; }

    /// <summary>Called whenever it has become Active, with the number of restarts before; on any thread.</summary>
    public Action<PluginInstance, int>? BecameActive { get; set; }

    /// <summary>Called when it was refused or given up; on any thread.</summary>
    public Action<PluginInstance>? FailedPermanently { get; init; }

    /// <summary>Whether it was decided if it may run: it was started, refused, or left out.</summary>
    public bool IsDecided { get; private set; }

    /// <summary>Whether another of its name runs in its place.</summary>
    public bool IsDismissed { get; private set; }

    /// <summary>Whether the user has switched it off for this session.</summary>
    public bool IsDisabled { get; private set; }

    public long Failed => _failed + (_supervisor is { } supervisor ? supervisor.Failed + (supervisor.Run?.Failed ?? 0) : 0);

    public long TooLarge => _tooLarge + (_supervisor is { } supervisor ? supervisor.TooLarge + (supervisor.Run?.TooLarge ?? 0) : 0);

    /// <summary>Its use of a process, while it is Active; else null.</summary>
    public PluginRun? ActiveRun => State == PluginState.Active && _supervisor?.Run is { Loaded: not null } run ? run : null;

    /// <summary>Its process, if no other session uses it; null if none lives.</summary>
    public int? OwnProcessId => _supervisor?.Run is { IsAlone: true } run ? run.ProcessId : null;

    /// <summary>All that is shown of it.</summary>
    public PluginSnapshot Snapshot
    {
        get
        {
            var run = _supervisor?.Run;
            var process = run?.ProcessId;
            return new PluginSnapshot
            {
                Name = Label,
                Version = Loaded?.Version,
                Tier = Loaded?.Tier,
                State = State,
                IsRefused = IsRefused,
                IsDisabled = IsDisabled,
                ProcessId = process,
                Started = process is null ? null : run!.Started,
                Isolation = process is null ? null : run!.Isolation,
                Restarts = _restarts + (_supervisor?.Restarts ?? 0),
                History = _life.History,
                LastError = _life.LastError,
                NextRestart = _supervisor?.NextRestart,
                Queue = Queue.Figures,
                Failed = Failed,
                TooLarge = TooLarge,
                Network = _context.Network.Use,
            };
        }
    }

    /// <summary>Starts loading in the background; completes when the plugin is Active or in Error for the first time.</summary>
    /// <param name="start">The session.</param>
    /// <param name="admit">The gates before each later start: why it must not be, or null; null: there are none.</param>
    public async Task LoadAsync(PluginStart start, Func<KmError?>? admit = null)
    {
        IsDecided = true;
        _ = await _turns.CommandAsync(() => Task.FromResult(Load(start, admit ?? _admit)), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The entitlement was refreshed: gives it to the plugin, and ends it if it may no longer run.</summary>
    public async Task ReviewAsync(EntitlementView view)
    {
        if (_start is not null)
            _start = _start with { View = view };
        if (
            Loaded?.Verification?.Manifest is not { } manifest
            || !(EntitlementGate.Concerns(manifest) || EntitlementGate.Extends(manifest))
        )
            return;
        if (_supervisor?.Run is not { Loaded: not null } run)
            return;
        if ((EntitlementGate.Check(manifest, view) ?? await run.AuthenticateAsync(view).ConfigureAwait(false)) is { } refusal)
            run.Impose(RunEnd.Refused(refusal));
    }

    /// <summary>It did what it must not, as somebody found who measures it: its process is ended, and started again as after any failure.</summary>
    /// <param name="error">What it did.</param>
    public void Fail(KmError error) => _supervisor?.Run?.Fail(error);

    /// <summary>It will not be started, and that is an error.</summary>
    public void Refuse(string label, KmError error)
    {
        IsDecided = true;
        _life.Label = label;
        if (!_life.Move(PluginState.Error, error, isRefusal: true))
            return;
        Queue.Abandon();
        _context.Presenter.Warn(error);
        _context.FailedPermanently();
    }

    /// <summary>It will not be started, because the user has switched it off before this session began.</summary>
    public void SwitchOff(string label)
    {
        IsDecided = IsDisabled = true;
        _life.Label = label;
        Queue.Dismiss();
        _life.Move(PluginState.Stopped, reason: "disabled by the user");
    }

    /// <summary>It is not the one to be started: another of its name is.</summary>
    public void Dismiss()
    {
        IsDecided = IsDismissed = true;
        Queue.Dismiss();
    }

    /// <summary>Ends its process, if it has one, and starts another with what the first had not acknowledged.</summary>
    /// <param name="start">What to start it with, if it was never started.</param>
    /// <param name="admit">The gates; why it must not start, or null.</param>
    /// <param name="cancellationToken">Ends the wait for the outcome.</param>
    /// <returns>Why it is not Active; null if it is.</returns>
    public Task<KmError?> RestartAsync(PluginStart start, Func<KmError?> admit, CancellationToken cancellationToken) =>
        _turns.CommandAsync(
            async () =>
            {
                // Sessions that were not asked keep the process that they have.
                _supervisor?.Run?.Retire();
                await EndNowAsync(Queue.Hold).ConfigureAwait(false);
                return Restart(start, admit);
            },
            cancellationToken
        );

    /// <summary>Begins again after <see cref="DisableAsync"/>, with what is observed from now on.</summary>
    /// <returns>Why it is not Active; null if it is.</returns>
    /// <inheritdoc cref="RestartAsync"/>
    public Task<KmError?> EnableAsync(PluginStart start, Func<KmError?> admit, CancellationToken cancellationToken) =>
        _turns.CommandAsync(() => Task.FromResult(IsDisabled ? Restart(start, admit) : PresentAsync()), cancellationToken);

    /// <summary>Lets it finish its queue, briefly, and ends it; nothing is kept for it from now on.</summary>
    /// <returns>Null, or that the session is ending.</returns>
    /// <inheritdoc cref="RestartAsync"/>
    public Task<KmError?> DisableAsync(CancellationToken cancellationToken) =>
        _turns.CommandAsync(
            async () =>
            {
                IsDecided = IsDisabled = true;
                await EndNowAsync(Queue.Complete).ConfigureAwait(false);
                Queue.Abandon();
                Queue.Dismiss();
                _life.Move(PluginState.Stopped, reason: "disabled by the user");
                return Task.FromResult<KmError?>(null);
            },
            cancellationToken
        );

    /// <summary>Lets the plugin finish its queue and shut down.</summary>
    /// <param name="deliverBy">Cancelled when there is no more time to deliver.</param>
    /// <param name="stopBy">Cancelled when the plugin must be gone.</param>
    public async Task FinishAsync(CancellationToken deliverBy, CancellationToken stopBy)
    {
        using (await _turns.EndAsync().ConfigureAwait(false))
        {
            await EndAsync(Queue.Complete, LastWait, deliverBy, stopBy).ConfigureAwait(false);
            Queue.Abandon();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ = await _turns.EndAsync().ConfigureAwait(false);
        if (_supervisor is { } supervisor)
            await supervisor.DisposeAsync().ConfigureAwait(false);
        if (_overflow is { } overflow)
            await overflow.DisposeAsync().ConfigureAwait(false);
        _turns.Dispose();
    }

    /// <summary>It is known which plugin it is: what does not fit in its queue goes to disk only if policy says so.</summary>
    private void Guarantee(string plugin, bool wishes)
    {
        if (!_context.Options.Policy.Guarantees(plugin, wishes))
            Queue.EndSpilling();
    }

    private void Spill()
    {
        if (_context.Options.Installed is not { } paths)
            return;
        var limit = _context.Options.Policy.SpillLimit;
        _overflow = Queue.SpillTo(
            (queue, memory) => new Overflow(queue, memory, () => new SpillFile(paths.Spill, limit), () => Label, _context.Presenter.Warn)
        );
        _overflow?.Start();
    }

    private async Task<KmError?> PresentAsync()
    {
        if (_supervisor is { } supervisor)
            await supervisor.Decided.ConfigureAwait(false);
        return _life.Error;
    }

    private Task<KmError?> Restart(PluginStart start, Func<KmError?> admit)
    {
        _turns.SessionEnds.ThrowIfCancellationRequested();
        (IsDecided, IsDisabled) = (true, false);
        (_start, _admit) = (start, admit);
        Queue.Reopen();
        _life.Move(PluginState.Discovered, reason: "requested by the user");
        if (admit() is { } refusal)
        {
            Refuse(Label, refusal);
            return Task.FromResult<KmError?>(refusal);
        }

        if (_supervisor is not null)
            _restarts++;
        return Begin();
    }

    private Task<KmError?> Load(PluginStart start, Func<KmError?> admit)
    {
        (_start, _admit) = (start, admit);

        // A life ended in an error that is over: what is observed from now on begins another.
        if (_life.Move(PluginState.Discovered, reason: "it may run now"))
            Queue.Reopen();
        return Begin();
    }

    private Task<KmError?> Begin()
    {
        var last = _supervisor;
        if (last is not null)
        {
            _restarts += last.Restarts;
            _failed += last.Failed;
            _tooLarge += last.TooLarge;
        }

        var supervisor = new PluginSupervisor(
            _context,
            () => _start!,
            () => _admit(),
            (loaded, restarts) =>
            {
                Loaded = loaded;
                // It was started with an entitlement that may have changed since.
                if (EntitlementGate.Extends(loaded.Verification?.Manifest))
                    _ = ReviewAsync(_start!.View);
                BecameActive?.Invoke(this, _restarts + restarts);
            }
        );
        _supervisor = supervisor;
        supervisor.Begin(last?.DisposeAsync().AsTask() ?? Task.CompletedTask);
        return supervisor.Decided;
    }

    private async Task EndNowAsync(Action queue)
    {
        using var deliverBy = new CancellationTokenSource(EndLimit / 2, _context.Time);
        using var stopBy = new CancellationTokenSource(EndLimit, _context.Time);
        using var deliver = CancellationTokenSource.CreateLinkedTokenSource(deliverBy.Token, _turns.SessionEnds);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopBy.Token, _turns.SessionEnds);
        await EndAsync(queue, TimeSpan.Zero, deliver.Token, stop.Token).ConfigureAwait(false);
    }

    /// <summary>Its process ends, in order if that is possible in time, and no other follows.</summary>
    private async Task EndAsync(Action queue, TimeSpan maxWait, CancellationToken deliverBy, CancellationToken stopBy)
    {
        queue();
        if (_supervisor is not { } supervisor)
            return;
        supervisor.Finish(maxWait);
        using (deliverBy.Register(supervisor.Stop))
        using (stopBy.Register(supervisor.Kill))
            await supervisor.Completion.ConfigureAwait(false);
    }
}
