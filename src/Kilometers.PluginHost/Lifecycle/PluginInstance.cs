using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.GoPlugin.Client;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// One plugin of one session: its state, its queue, its process. Whatever it does, only its own instance is concerned: failures end in
/// <see cref="PluginState.Error"/> with a reason, never in an exception to the host.
/// </summary>
internal sealed class PluginInstance : IAsyncDisposable
{
    /// <summary>How long the process of a plugin whose connection broke may take to end before it counts as alive.</summary>
    private static readonly TimeSpan ExitLimit = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromMilliseconds(500);
    private readonly PluginSource _source;
    private readonly IPluginPresenter _presenter;
    private readonly PluginAudit _audit;
    private readonly PluginHostingOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _kill = new();
    private GoPluginClient? _client;
    private PluginSession? _session;
    private Task _loading = Task.CompletedTask;
    private Task _delivering = Task.CompletedTask;

    public PluginInstance(PluginSource source, IPluginPresenter presenter, PluginAudit audit, PluginHostingOptions options, TimeProvider time)
    {
        _source = source;
        _presenter = presenter;
        _audit = audit;
        _options = options;
        _time = time;
        Label = source.Label;
        Queue = new PluginQueue(options.QueueSize);
    }

    /// <summary>The plugin's name once it has said it; its file's name before.</summary>
    public string Label { get; private set; }

    public PluginQueue Queue { get; }

    public PluginState State { get; private set; }

    /// <summary>Why it is in <see cref="PluginState.Error"/>.</summary>
    public KmError? Error { get; private set; }

    /// <summary>What it is, once Active.</summary>
    public LoadedPlugin? Loaded { get; private set; }

    /// <summary>Which layers keep it apart, once it runs.</summary>
    public IsolationReport? Isolation { get; private set; }

    public PluginSource Source => _source;

    /// <summary>Whether it was decided if it may run: it was started, refused, or left out.</summary>
    public bool IsDecided { get; private set; }

    public long Failed => _session?.Failed ?? 0;

    public long TooLarge => _session?.TooLarge ?? 0;

    /// <summary>Starts loading in the background; completes when the plugin is Active or in Error.</summary>
    /// <param name="launcher">Starts processes.</param>
    /// <param name="facts">About the session.</param>
    /// <param name="view">The user's entitlement.</param>
    public Task LoadAsync(PluginLauncher launcher, SessionFacts facts, EntitlementView view)
    {
        IsDecided = true;
        return _loading = Task.Run(() => TryLoadAsync(launcher, facts, view));
    }

    /// <summary>The entitlement was refreshed: gives it to the plugin, and ends it if it may no longer run.</summary>
    public async Task ReviewAsync(EntitlementView view)
    {
        if (State != PluginState.Active || Loaded?.Verification?.Manifest is not { } manifest || !EntitlementGate.Concerns(manifest)) return;
        try
        {
            if ((EntitlementGate.Check(manifest, view) ?? await _session!.AuthenticateAsync(Label, view, _kill.Token).ConfigureAwait(false)) is not { } refusal) return;
            Fail(refusal);
            await Quietly(_session!.ShutdownAsync(ShutdownLimit, _kill.Token)).ConfigureAwait(false);
            await _client!.StopAsync(_kill.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            // It is ending by itself; who delivers to it says why.
        }
    }

    /// <summary>It will not be started, and that is an error.</summary>
    public void Refuse(string label, KmError error)
    {
        IsDecided = true;
        Label = label;
        Fail(error);
    }

    /// <summary>It is not the one to be started: another of its name is.</summary>
    public void Dismiss()
    {
        IsDecided = true;
        Queue.Dismiss();
    }

    /// <summary>Lets the plugin finish its queue and shut down.</summary>
    /// <param name="deliverBy">Cancelled when there is no more time to deliver.</param>
    /// <param name="stopBy">Cancelled when the plugin must be gone.</param>
    public async Task FinishAsync(CancellationToken deliverBy, CancellationToken stopBy)
    {
        Queue.Complete();
        await Quietly(_loading.WaitAsync(deliverBy)).ConfigureAwait(false);
        await Quietly(_delivering.WaitAsync(deliverBy)).ConfigureAwait(false);
        if (State is PluginState.Active or PluginState.Loading or PluginState.Authenticating) Move(PluginState.ShuttingDown);
        Queue.Abandon();
        if (_client is { } client)
        {
            if (_session is { } session && State == PluginState.ShuttingDown)
                await Quietly(session.ShutdownAsync(ShutdownLimit, stopBy)).ConfigureAwait(false);
            await client.StopAsync(stopBy).ConfigureAwait(false);
        }

        await _kill.CancelAsync().ConfigureAwait(false);
        await Quietly(_loading).ConfigureAwait(false);
        await Quietly(_delivering).ConfigureAwait(false);
        if (State == PluginState.ShuttingDown) Move(PluginState.Stopped);
    }

    public async ValueTask DisposeAsync()
    {
        await _kill.CancelAsync().ConfigureAwait(false);
        await Quietly(_loading).ConfigureAwait(false);
        await Quietly(_delivering).ConfigureAwait(false);
        if (_client is { } client) await client.DisposeAsync().ConfigureAwait(false);
        _kill.Dispose();
    }

    private async Task TryLoadAsync(PluginLauncher launcher, SessionFacts facts, EntitlementView view)
    {
        try
        {
            _kill.Token.ThrowIfCancellationRequested();
            var runDirectory = launcher.CreateRunDirectory();
            var prepared = _source.Prepare(runDirectory, _kill.Token);
            if (prepared.Verification is { } verified) Label = verified.Manifest.Name;
            await _audit.LaunchAsync(Label, prepared.Verification, prepared.Executable).ConfigureAwait(false);
            Move(PluginState.Loading);
            (_client, Isolation) = await launcher.LaunchAsync(prepared, runDirectory, () => Label, _kill.Token).ConfigureAwait(false);
            if (await RefuseAsync(_client, prepared.Verification, facts, view).ConfigureAwait(false) is { } refusal)
            {
                Fail(refusal);
                await _client.StopAsync(_kill.Token).ConfigureAwait(false);
                return;
            }

            if (Move(PluginState.Active)) _delivering = Task.Run(() => DeliverAsync(_client, _session!));
        }
        catch (KmException e)
        {
            Fail(e.Error);
        }
        catch (GoPluginException e)
        {
            Fail(LaunchErrors.From(Label, e));
        }
        catch (RpcException e)
        {
            Fail(await ExplainAsync(_client!, e, State == PluginState.Loading ? "Describe" : "Authenticate or Initialize").ConfigureAwait(false));
            _client!.Kill();
        }
        catch (OperationCanceledException)
        {
            // The session ended first.
        }
        catch (Exception e)
        {
            // No run directory, for one. Whatever it was, it is this plugin's trouble alone.
            Fail(new KmError(ErrorCode.PluginNotStarted, $"Plugin '{Label}' could not be started", e.Message));
            _client?.Kill();
        }
    }

    /// <summary>Describe, Authenticate, Initialize: null if the plugin may become Active.</summary>
    private async Task<KmError?> RefuseAsync(GoPluginClient client, PackageVerification? verification, SessionFacts facts, EntitlementView view)
    {
        var session = PluginSession.Create(client, facts, _options.CallTimeout, _time);
        var description = await session.DescribeAsync(_kill.Token).ConfigureAwait(false);
        if (!PluginName.IsValid(description.Name))
            return new KmError(ErrorCode.PluginContract, $"Plugin '{Label}' gives no valid name", Hint: "A name is 2 to 63 lower-case letters, digits and '-', and starts with a letter.");
        if (!SemanticVersion.TryParse(description.Version, out _))
            return new KmError(ErrorCode.PluginContract, $"Plugin '{description.Name}' gives no valid version", Hint: "A version is SemVer, like 1.0.0.");
        if (verification?.Manifest is { } manifest && (manifest.Name, manifest.Version) != (description.Name, description.Version))
            return new KmError(ErrorCode.PluginContract, $"Plugin '{Label}' calls itself another than it was signed as", $"signed: {manifest.Name} {manifest.Version}; it says: {description.Name} {description.Version}", "Ask the publisher.");
        Label = description.Name;

        Move(PluginState.Authenticating);
        // A plugin under development is unsigned: what it says it requires is held against the Free tier alone.
        if (verification is null) view = EntitlementView.SignedOut;
        if (TierGate.Check(Label, verification?.Manifest.RequiredTier ?? description.RequiredTier, view.Tier, out var tier) is { } tooLow) return tooLow;
        if (await session.AuthenticateAsync(Label, view, _kill.Token).ConfigureAwait(false) is { } denied) return denied;
        if (await session.InitializeAsync(Label, Configure(verification?.Manifest, facts), Queue, _kill.Token).ConfigureAwait(false) is { } failed) return failed;

        _session = session;
        Loaded = new LoadedPlugin(Label, description.Version, tier, verification);
        return null;
    }

    private PluginConfiguration Configure(PluginManifest? manifest, SessionFacts facts)
    {
        var settings = PluginSettings.For(Label, out var broken);
        if (broken is not null) _presenter.Warn(broken);
        var state = manifest?.Capabilities.StateDirectory == true && _options.Installed is { } paths ? paths.StateOf(Label) : "";
        if (state.Length > 0) Files.PrivateFile.CreateDirectory(state);
        return new PluginConfiguration(settings, EntitlementGate.Concerns(manifest) ? facts.ApiEndpoint : "", state);
    }

    private async Task DeliverAsync(GoPluginClient client, PluginSession session)
    {
        try
        {
            var delivering = session.DeliverAsync(Queue, _kill.Token);
            if (await AnswersAsync(delivering).ConfigureAwait(false))
            {
                await delivering.ConfigureAwait(false);
                return;
            }

            client.Kill();
            Fail(new KmError(ErrorCode.PluginNotAnswering, $"Plugin '{Label}' stopped acknowledging messages and was ended; the session goes on without it"));
            await Quietly(delivering).ConfigureAwait(false);
        }
        catch (Exception) when (State == PluginState.ShuttingDown || _kill.IsCancellationRequested)
        {
            // We ended it ourselves, because its time was up: what it did not get is counted.
        }
        catch (Exception e)
        {
            Fail(await ExplainAsync(client, e as RpcException ?? new RpcException(new Status(StatusCode.Unavailable, e.Message)), "Deliver").ConfigureAwait(false));
            client.Kill();
        }
    }

    private async Task<KmError> ExplainAsync(GoPluginClient client, RpcException e, string call)
    {
        // A dying process breaks its connection a moment before it can be waited for.
        if (e.StatusCode is not (StatusCode.DeadlineExceeded or StatusCode.Unimplemented))
            await Quietly(client.Exited.WaitAsync(ExitLimit, _time)).ConfigureAwait(false);
        return client.Exited.IsCompleted
            ? LaunchErrors.Crashed(Label, (await client.Exited.ConfigureAwait(false)).ToString(), client.LastErrorLines)
            : LaunchErrors.From(Label, e, call);
    }

    /// <returns>False if the plugin had something to acknowledge and did not for too long.</returns>
    private async Task<bool> AnswersAsync(Task delivering)
    {
        var delivered = -1L;
        while (true)
        {
            if (await Task.WhenAny(delivering, Task.Delay(_options.AcknowledgeTimeout, _time, _kill.Token)).ConfigureAwait(false) == delivering) return true;
            if (_kill.IsCancellationRequested) return true;
            if (!Queue.IsEmpty && Queue.Delivered == delivered) return false;

            // Having had nothing to acknowledge is no silence: an item that came just now gets the whole time.
            delivered = Queue.IsEmpty ? -1 : Queue.Delivered;
        }
    }

    private void Fail(KmError error)
    {
        if (!Move(PluginState.Error, error)) return;
        Error = error;
        Queue.Abandon();
        _presenter.Warn(error);
    }

    private bool Move(PluginState to, KmError? error = null)
    {
        lock (_gate)
        {
            if (!PluginTransitions.IsAllowed(State, to)) return false;

            _audit.Moved(Label, State, to, error);
            State = to;
            return true;
        }
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException or RpcException)
        {
            // Time is up, or the plugin is gone: both are known already.
        }
    }
}
