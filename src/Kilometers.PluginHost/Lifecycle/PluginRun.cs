using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// One plugin's use of one process, which it starts or joins: through the gates, the handshake and its authorization to the delivery, and to
/// the end of either.
/// </summary>
internal sealed class PluginRun : IAsyncDisposable
{
    private readonly PluginContext _context;
    private readonly PluginStart _start;
    private readonly CancellationToken _kill;
    private readonly CancellationTokenSource _ending;
    private ProcessUser? _user;
    private volatile PluginProcess? _process;
    private PluginSession? _session;
    private PluginAnswer? _answer;
    private RunEnd? _imposed;
    private KmError? _failure;

    /// <param name="context">The plugin.</param>
    /// <param name="start">The session.</param>
    /// <param name="stop">Cancelled: no more is delivered, the plugin gets time to shut down.</param>
    /// <param name="kill">Cancelled: it ends now.</param>
    public PluginRun(PluginContext context, PluginStart start, CancellationToken stop, CancellationToken kill)
    {
        _context = context;
        _start = start;
        _kill = kill;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stop, kill);
    }

    public int? ProcessId => _process?.ProcessId;

    /// <summary>Whether no other session uses the process.</summary>
    public bool IsAlone => _process?.Users.Count == 1;

    public DateTimeOffset Started => _process?.Started ?? default;

    /// <summary>Which layers keep it apart, once it runs.</summary>
    public IsolationReport? Isolation => _process?.Isolation;

    /// <summary>What it is, once it was Active.</summary>
    public LoadedPlugin? Loaded { get; private set; }

    /// <summary>Whether it says that it decides about requests.</summary>
    public bool Intercepts => _process?.Description?.Intercepts == true;

    /// <summary>Asks it about a request that is held.</summary>
    public Task<PluginVerdict> InterceptAsync(HeldCall request, TimeSpan deadline, CancellationToken cancellationToken) =>
        _session?.InterceptAsync(request, deadline, cancellationToken) ?? Task.FromResult(new PluginVerdict(VerdictKind.None, ""));

    public long Failed => _session?.Failed ?? 0;

    public long TooLarge => _session?.TooLarge ?? 0;

    private PluginLife Life => _context.Life;

    private string Label => Life.Label;

    /// <summary>Starts it and feeds it until it ends, or is to end. What it did not acknowledge then stays unacknowledged.</summary>
    /// <param name="becameActive">Called when it did.</param>
    public async Task<RunEnd> RunAsync(Action<LoadedPlugin> becameActive)
    {
        var end = await LiveAsync(becameActive).ConfigureAwait(false);
        _failure = end.MayRestart ? end.Error : null;
        return end;
    }

    /// <summary>The process did what it must not, as somebody found: it is ended, for all its sessions.</summary>
    public void Fail(KmError error)
    {
        Impose(RunEnd.Failed(error));
        _process?.Fail(error);
    }

    /// <summary>The next run, of this session and of others, gets another process.</summary>
    public void Retire()
    {
        if (_process is { } process)
            _start.Pool.Retire(process);
    }

    /// <summary>Ends this use of it, for a reason that somebody else found.</summary>
    public void Impose(RunEnd end)
    {
        Interlocked.CompareExchange(ref _imposed, end, null);
        Cancel();
    }

    /// <summary>Presents the entitlement again, if it is Active.</summary>
    /// <returns>Why it may no longer run; null if it may.</returns>
    public async Task<KmError?> AuthenticateAsync(EntitlementView view)
    {
        if (_process is not { } process || Loaded is null)
            return null;
        try
        {
            return await process.AuthenticateAsync(view, _ending.Token).ConfigureAwait(false);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            // It would go on with what it was allowed before.
            Fail(LaunchErrors.From(Label, e, "Authenticate"));
            return null;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            // It is ending by itself; who delivers to it says why.
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync().ConfigureAwait(false);
        Cancel();
        _ending.Dispose();
    }

    private async Task<RunEnd> LiveAsync(Action<LoadedPlugin> becameActive)
    {
        try
        {
            var (loaded, refusal) = await StartAsync().ConfigureAwait(false);
            if (refusal is not null)
                return RunEnd.Refused(refusal);
            Loaded = loaded;
            Life.Move(PluginState.Active);
            _process!.Settle();
            becameActive(loaded!);
            await DeliverAsync().ConfigureAwait(false);
            return await FinishAsync().ConfigureAwait(false);
        }
        catch (Exception) when (_imposed is not null)
        {
            return _imposed;
        }
        catch (Exception) when (_ending.IsCancellationRequested)
        {
            // Its time was up: what it did not get is counted.
            return await FinishAsync().ConfigureAwait(false);
        }
        catch (OverLimitException e)
        {
            return RunEnd.Failed(e.Error);
        }
        catch (KmException e)
        {
            return RunEnd.Refused(e.Error);
        }
        catch (GoPluginException e)
        {
            return new RunEnd(LaunchErrors.From(Label, e), LaunchErrors.MayPass(e));
        }
        catch (RpcException e)
        {
            return new RunEnd(await ExplainAsync(e).ConfigureAwait(false), e.StatusCode != StatusCode.Unimplemented);
        }
        catch (Exception e) when (Loaded is not null)
        {
            return RunEnd.Failed(await ExplainAsync(new RpcException(new Status(StatusCode.Unavailable, e.Message))).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // No run directory, for one. Whatever it was, it is this plugin's trouble alone.
            return RunEnd.Failed(new KmError(ErrorCode.PluginNotStarted, $"Plugin '{Label}' could not be started", e.Message));
        }
    }

    /// <summary>Through the gates to the handshake, Describe, Authenticate, Initialize; as far as another session has not done that already.</summary>
    private async Task<(LoadedPlugin? Loaded, KmError? Refusal)> StartAsync()
    {
        _ending.Token.ThrowIfCancellationRequested();
        Life.Label = _context.Source.Shareable?.Name ?? Label;
        Life.Move(PluginState.Loading);
        var process = await JoinAsync(CreateUser()).ConfigureAwait(false);
        var (description, manifest) = (process.Description!, process.Verification?.Manifest);
        Life.Label = process.Label;
        _context.Network = process.Network;
        _context.Identified(Label, manifest?.Delivery == "guaranteed");
        _context.Audit.Uses(Label, process.Verification);

        Life.Move(PluginState.Authenticating);
        // A plugin under development is unsigned: what it says it requires is held against the Free tier alone.
        // Where policy allows the Free tier alone, nobody is shown an entitlement that grants more.
        var view = manifest is null || _context.Options.Policy.MaximumTier <= Tier.Free ? EntitlementView.SignedOut : _start.View;
        if (
            TierGate.Check(Label, manifest?.RequiredTier ?? description.RequiredTier, view.Tier, view.UpgradeAdvice, out var tier) is
            { } tooLow
        )
            return (null, tooLow);
        if (await process.AuthenticateAsync(view, _ending.Token).ConfigureAwait(false) is { } denied)
            return (null, denied);
        _answer = await process.InitializeAsync(_ending.Token).ConfigureAwait(false);
        if (_answer.Error is not null)
            return (null, _answer.Error);
        _session = process.Open(_context.Options.Introduce(_start.Facts, manifest), printed =>
            _context.Presenter.Output(Label, printed.Span)
        );
        return (new LoadedPlugin(Label, description.Version, tier, process.Verification), null);
    }

    /// <summary>Finds a process for this session; one that turns out to be another session's alone is left again.</summary>
    private async Task<PluginProcess> JoinAsync(ProcessUser user)
    {
        _user = user;
        while (true)
        {
            _process = _start.Pool.Join(user);
            await _process.Launched.WaitAsync(_ending.Token).ConfigureAwait(false);
            if (_process.MayServe(user))
                return _process;
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    private ProcessUser CreateUser()
    {
        var (source, options, presenter) = (_context.Source, _context.Options, _context.Presenter);
        var (settings, key) = ProcessUser.Agree(source, options, _start.Facts, presenter.Warn);
        return new ProcessUser
        {
            Source = source,
            Options = options,
            Facts = _start.Facts,
            Presenter = presenter,
            Time = _context.Time,
            Network = _context.Network,
            RecordLaunch = _context.Audit.LaunchAsync,
            RecordNetwork = _context.Audit.Network,
            Failed = error => Impose(RunEnd.Failed(error)),
            Settings = settings,
            Key = key,
        };
    }

    /// <summary>The process continues for the sessions that are left, or ends.</summary>
    private async Task LeaveAsync()
    {
        if (_process is not { } process)
            return;
        _process = null;
        await _start.Pool.LeaveAsync(process, _user!, _failure, _kill).ConfigureAwait(false);
    }

    private async Task DeliverAsync()
    {
        using var delivery = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        var watch = new PluginWatch(Label, _context.Queue, _process!.CheckHealthAsync, _context.Options, _context.Time);
        var watching = watch.WatchAsync(delivery.Token);
        var delivering = _session!.DeliverAsync(_context.Queue, _answer!, delivery.Token);
        if (await Task.WhenAny(delivering, watching).ConfigureAwait(false) == watching && watching.IsCompletedSuccessfully)
            Fail(await watching.ConfigureAwait(false));

        try
        {
            await delivering.ConfigureAwait(false);
        }
        finally
        {
            await delivery.CancelAsync().ConfigureAwait(false);
            await ((Task)watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_imposed is not null || !_context.Queue.IsDone)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "ended the delivery by itself"));
    }

    /// <summary>It got all that it was to get, or its time is up.</summary>
    private async Task<RunEnd> FinishAsync()
    {
        Life.Move(PluginState.ShuttingDown);
        await LeaveAsync().ConfigureAwait(false);
        Life.Move(PluginState.Stopped);
        return RunEnd.Asked;
    }

    private Task<KmError> ExplainAsync(RpcException e) =>
        _process!.ExplainAsync(
            e,
            Loaded is not null ? "Deliver"
                : Life.State == PluginState.Loading ? "Describe"
                : "Authenticate or Initialize"
        );

    private void Cancel()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }
}
