using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>One process of one plugin: through the gates, the handshake and its authorization to the delivery, and to its end.</summary>
internal sealed class PluginRun : IAsyncDisposable
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromMilliseconds(500);
    private readonly PluginContext _context;
    private readonly PluginStart _start;
    private readonly CancellationToken _kill;
    private readonly CancellationTokenSource _ending;
    private LaunchedPlugin? _launched;
    private PluginSession? _session;
    private string? _runDirectory;
    private PluginManifest? _manifest;
    private Task _measuring = Task.CompletedTask;
    private RunEnd? _imposed;
    private bool _isGraceful;

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

    public int? ProcessId => _launched?.Client is { Exited.IsCompleted: false } client ? client.ProcessId : null;

    public DateTimeOffset Started { get; private set; }

    /// <summary>Which layers keep it apart, once it runs.</summary>
    public IsolationReport? Isolation => _launched?.Isolation;

    /// <summary>What it is, once it was Active.</summary>
    public LoadedPlugin? Loaded { get; private set; }

    public long Failed => _session?.Failed ?? 0;

    public long TooLarge => _session?.TooLarge ?? 0;

    private PluginLife Life => _context.Life;

    private string Label => Life.Label;

    /// <summary>Starts it and feeds it until it ends, or is to end. What it did not acknowledge then stays unacknowledged.</summary>
    /// <param name="becameActive">Called when it did.</param>
    public async Task<RunEnd> RunAsync(Action<LoadedPlugin> becameActive)
    {
        var end = await LiveAsync(becameActive).ConfigureAwait(false);
        _isGraceful = !end.MayRestart;
        return end;
    }

    /// <summary>Ends it, for a reason that somebody else found.</summary>
    public void Impose(RunEnd end)
    {
        Interlocked.CompareExchange(ref _imposed, end, null);
        Cancel();
    }

    /// <summary>Presents the entitlement again, if it is Active.</summary>
    /// <returns>Why it may no longer run; null if it may.</returns>
    public async Task<KmError?> AuthenticateAsync(EntitlementView view)
    {
        if (_session is not { } session || Loaded is null)
            return null;
        try
        {
            return await PresentAsync(session, view).ConfigureAwait(false);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            // It would go on with what it was allowed before.
            Impose(RunEnd.Failed(LaunchErrors.From(Label, e, "Authenticate")));
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
        if (_launched is { } launched)
        {
            if (_isGraceful)
                await StopAsync(launched.Client).ConfigureAwait(false);
            await launched.DisposeAsync().ConfigureAwait(false);
        }

        Cancel();
        await _measuring.ConfigureAwait(false);
        if (_runDirectory is not null)
            PluginLauncher.DeleteRunDirectory(_runDirectory);
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
            _launched!.Settle();
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

    /// <summary>Through the gates to the handshake, Describe, Authenticate, Initialize.</summary>
    private async Task<(LoadedPlugin? Loaded, KmError? Refusal)> StartAsync()
    {
        _ending.Token.ThrowIfCancellationRequested();
        _runDirectory = _start.Launcher.CreateRunDirectory();
        var prepared = _context.Source.Prepare(_runDirectory, _ending.Token);
        if (prepared.Verification is { } verified)
            Life.Label = verified.Manifest.Name;
        _manifest = prepared.Verification?.Manifest;
        _context.Identified(Label, prepared.Verification?.Manifest.Delivery == "guaranteed");
        await _context.Audit.LaunchAsync(Label, prepared.Verification, prepared.Executable).ConfigureAwait(false);
        Life.Move(PluginState.Loading);
        Started = _context.Time.GetUtcNow();
        var network = prepared.Verification is { } signed
            ? new PluginNetwork(
                NetworkGrant.Of(signed.Manifest.Capabilities.Network, _start.Facts.ApiEndpoint, _context.Options.AllowPrivate),
                _context.Network
            )
            : null;
        _launched = await _start.Launcher.LaunchAsync(prepared, _runDirectory, () => Label, network, _ending.Token).ConfigureAwait(false);
        _measuring = EndOverLimitAsync(_launched);

        var session = PluginSession.Create(_launched.Client, _start.Facts, _context.Options.CallTimeout, _context.Time);
        var description = await session.DescribeAsync(_ending.Token).ConfigureAwait(false);
        if (PluginIdentity.Check(Label, description, prepared.Verification?.Manifest) is { } contradiction)
            return (null, contradiction);
        Life.Label = description.Name;

        Life.Move(PluginState.Authenticating);
        // A plugin under development is unsigned: what it says it requires is held against the Free tier alone.
        // Where policy allows the Free tier alone, nobody is shown an entitlement that grants more.
        var view =
            prepared.Verification is null || _context.Options.Policy.MaximumTier <= Tier.Free ? EntitlementView.SignedOut : _start.View;
        if (
            TierGate.Check(
                Label,
                prepared.Verification?.Manifest.RequiredTier ?? description.RequiredTier,
                view.Tier,
                view.UpgradeAdvice,
                out var tier
            ) is
            { } tooLow
        )
            return (null, tooLow);
        if (await PresentAsync(session, view).ConfigureAwait(false) is { } denied)
            return (null, denied);
        if (await session.InitializeAsync(Label, Configure(prepared), _context.Queue, _ending.Token).ConfigureAwait(false) is { } failed)
            return (null, failed);
        _session = session;
        return (new LoadedPlugin(Label, description.Version, tier, prepared.Verification), null);
    }

    /// <summary>Presents the user's entitlement: to a plugin whose signed manifest asks for it. Any other learns only that it may run.</summary>
    private async Task<KmError?> PresentAsync(PluginSession session, EntitlementView view)
    {
        var isEntitled = _manifest?.Capabilities.Credentials == true;
        var denied = await session
            .AuthenticateAsync(Label, isEntitled ? view : EntitlementView.SignedOut, _ending.Token)
            .ConfigureAwait(false);
        return denied is not null && !isEntitled && EntitlementGate.Concerns(_manifest)
            ? denied with
            {
                Hint =
                    "It is not shown the entitlement, because its manifest does not ask for it (capabilities.credentials). Ask the publisher.",
            }
            : denied;
    }

    /// <summary>Ends it if it uses more than it may.</summary>
    private async Task EndOverLimitAsync(LaunchedPlugin launched)
    {
        if (await launched.OverLimit.ConfigureAwait(false) is not { } breach)
            return;
        Impose(RunEnd.Failed(breach));
        launched.Client.Kill();
    }

    private PluginConfiguration Configure(PreparedPlugin plugin)
    {
        var settings = PluginSettings.For(Label, out var problems);
        foreach (var problem in problems)
            _context.Presenter.Warn(problem);
        if (plugin.State is { } state)
            Files.PrivateFile.CreateTrustedDirectory(state);
        var endpoint =
            plugin.Verification?.Manifest.Capabilities.Network.Contains(NetworkEntry.KilometersApi) == true ? _start.Facts.ApiEndpoint : "";
        return new PluginConfiguration(settings, endpoint, plugin.State ?? "");
    }

    private async Task DeliverAsync()
    {
        using var delivery = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        var watch = new PluginWatch(Label, _context.Queue, _launched!.Client.CheckHealthAsync, _context.Options, _context.Time);
        var watching = watch.WatchAsync(delivery.Token);
        var delivering = _session!.DeliverAsync(_context.Queue, delivery.Token);
        if (await Task.WhenAny(delivering, watching).ConfigureAwait(false) == watching && watching.IsCompletedSuccessfully)
        {
            Interlocked.CompareExchange(ref _imposed, RunEnd.Failed(await watching.ConfigureAwait(false)), null);
            _launched.Client.Kill();
        }

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
        if (_launched is { } launched)
            await StopAsync(launched.Client).ConfigureAwait(false);
        Life.Move(PluginState.Stopped);
        return RunEnd.Asked;
    }

    private async Task StopAsync(GoPluginClient client)
    {
        if (_session is { } session && !client.Exited.IsCompleted)
        {
            try
            {
                await session.ShutdownAsync(ShutdownLimit, _kill).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                // It does not answer, or is gone: it is ended in any case.
            }
        }

        await client.StopAsync(_kill).ConfigureAwait(false);
    }

    private Task<KmError> ExplainAsync(RpcException e) =>
        _launched!.ExplainAsync(
            Label,
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
