using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.GoPlugin.Client;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Logs;
using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost.Sharing;

/// <summary>
/// One process of a plugin, and what is done once for all sessions that use it: it is verified, started, measured, authorized and
/// initialized. The first session starts it; the others wait for the same steps.
/// </summary>
#pragma warning disable CA1001 // EndAsync releases what it holds; what is left has no resource of the system.
internal sealed class PluginProcess
#pragma warning restore CA1001
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Sessions look at the subscription one soon after the other: what one of them has presented is not presented again so soon.</summary>
    private static readonly TimeSpan PresentedFor = TimeSpan.FromMinutes(1);

    private readonly ProcessUser _first;
    private readonly PluginLogStream? _said;
    private readonly PluginLauncher _launcher;
    private readonly CancellationTokenSource _living = new();
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _presenting = new(1, 1);
    private readonly TrialGate _trial = new();
    private LaunchedPlugin? _launched;
    private PluginSession? _session;
    private string? _directory;
    private string? _state;
    private Task _measuring = Task.CompletedTask;
    private Task<PluginAnswer>? _initialized;
    private (string Text, long Time, KmError? Answer)? _presented;

    /// <param name="first">The session that starts it.</param>
    /// <param name="directory">Where it is unpacked.</param>
    /// <param name="guardian">Ends it if we are killed; null if there is none.</param>
    /// <param name="said">Keeps what it says; null: nobody does.</param>
    public PluginProcess(ProcessUser first, Func<string?, RunDirectory> directory, Guardian? guardian, PluginLogStream? said)
    {
        (_first, _said) = (first, said);
        Users = new ProcessUsers(said);
        Label = first.Source.Shareable?.Name ?? first.Source.Label;
        _launcher = new PluginLauncher(first.Options, Users, first.Time, guardian, directory: () =>
            directory(first.Options.Installed?.Home)
        );
    }

    /// <summary>The sessions that use it.</summary>
    public ProcessUsers Users { get; }

    /// <summary>Its plugin's name once it is known.</summary>
    public string Label { get; private set; }

    /// <summary>Completes when it runs and has said who it is; fails as the start did.</summary>
    public Task Launched { get; private set; } = Task.CompletedTask;

    /// <summary>Whether it serves more than one session. Known once it is launched.</summary>
    public bool IsShared { get; private set; }

    /// <summary>Who it says it is. Known once it is launched.</summary>
    public SelfDescription? Description { get; private set; }

    /// <summary>The verification of exactly the bytes that run; null for a plugin under development.</summary>
    public PackageVerification? Verification { get; private set; }

    public DateTimeOffset Started { get; private set; }

    public IsolationReport? Isolation => _launched?.Isolation;

    public int? ProcessId => _launched?.Client is { Exited.IsCompleted: false } client ? client.ProcessId : null;

    public EgressJournal Network => _first.Network;

    private PluginManifest? Manifest => Verification?.Manifest;

    /// <summary>Whether a further session may wait for it, or use it.</summary>
    public bool IsOpen =>
        !_living.IsCancellationRequested
        && (!Launched.IsCompleted || (Launched.IsCompletedSuccessfully && IsShared && !_launched!.Client.Exited.IsCompleted));

    /// <summary>Whether a session may use it, now that it is launched.</summary>
    public bool MayServe(ProcessUser user) => IsShared || user == _first;

    /// <summary>Begins to start it, in the background.</summary>
    /// <param name="after">What must be over before: the end of the last process that kept the same files.</param>
    public void Launch(Task after) => Launched = Task.Run(() => LaunchAsync(after));

    /// <summary>Presents an entitlement, as far as the plugin may see it, if that is not just what it was shown last.</summary>
    /// <returns>Why it may not run; null if it may.</returns>
    public Task<KmError?> AuthenticateAsync(EntitlementView view, CancellationToken cancellationToken) =>
        PresentAsync(view).WaitAsync(cancellationToken);

    /// <summary>Gives it its configuration, once.</summary>
    public Task<PluginAnswer> InitializeAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            _initialized ??= _session!.InitializeAsync(Label, Configure(), _living.Token);
        return _initialized.WaitAsync(cancellationToken);
    }

    /// <summary>Its start is over.</summary>
    public void Settle() => _launched!.Settle();

    /// <summary>The conversation about one session.</summary>
    /// <param name="facts">The session.</param>
    /// <param name="printed">Takes what the plugin prints in it.</param>
    public PluginSession Open(SessionFacts facts, Action<ReadOnlyMemory<byte>> printed) =>
        PluginSession.Create(
            _launched!.Client,
            facts,
            _first.Options.CallTimeout,
            _first.Time,
            Kept(facts, printed),
            IsShared ? new SharedDelivery(Label, _trial) : null
        );

    public Task CheckHealthAsync(CancellationToken cancellationToken) => _launched!.Client.CheckHealthAsync(cancellationToken);

    /// <summary>Why a call to it failed.</summary>
    public Task<KmError> ExplainAsync(Grpc.Core.RpcException e, string call) => _launched!.ExplainAsync(Label, e, call);

    /// <summary>It failed, as somebody found: all its sessions hear why, and it is ended at once.</summary>
    public void Fail(KmError error)
    {
        Users.Fail(error);
        _living.Cancel();
        _launched?.Client.Kill();
    }

    /// <summary>Ends it, and removes what was unpacked for it. Once, after <see cref="Launched"/> has begun.</summary>
    /// <param name="isGraceful">Whether it gets time to shut down.</param>
    /// <param name="kill">Cancelled when that time is up.</param>
    public Task EndAsync(bool isGraceful, CancellationToken kill) =>
        Task.Run(() => EndInTurnAsync(isGraceful, kill), CancellationToken.None);

    private async Task EndInTurnAsync(bool isGraceful, CancellationToken kill)
    {
        if (!Launched.IsCompletedSuccessfully)
            await _living.CancelAsync().ConfigureAwait(false);
        await Launched.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_launched is { } launched)
        {
            if (isGraceful)
                await StopAsync(launched.Client, kill).ConfigureAwait(false);
            await launched.DisposeAsync().ConfigureAwait(false);
        }

        await _living.CancelAsync().ConfigureAwait(false);
        await _measuring.ConfigureAwait(false);
        _said?.Complete(Label);
        if (_directory is not null)
            PluginLauncher.DeleteRunDirectory(_directory);
        await _launcher.EndNetworkAsync().ConfigureAwait(false);
        _launcher.Dispose();
    }

    /// <summary>What the plugin prints in a session is kept, too.</summary>
    private Action<ReadOnlyMemory<byte>> Kept(SessionFacts facts, Action<ReadOnlyMemory<byte>> printed)
    {
        if (_said is not { } said)
            return printed;
        var session = new PluginLogSession(facts.SessionId, facts.ServerLabel);
        return bytes =>
        {
            said.Print(bytes.Span, session);
            printed(bytes);
        };
    }

    /// <summary>Through the gates to the handshake and Describe.</summary>
    private async Task LaunchAsync(Task after)
    {
        await after.WaitAsync(_living.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _living.Token.ThrowIfCancellationRequested();
        _directory = _launcher.CreateRunDirectory();
        var prepared = _first.Source.Prepare(_directory, _living.Token);
        Verification = prepared.Verification;
        Label = Manifest?.Name ?? Label;
        _state = prepared.State;
        PluginNetwork? network = null;
        if (Manifest is { } signed)
        {
            _said?.Identify(Label);
            var settings = _first.Settings ?? PluginSettings.For(Label, out _);
            if (SettingsCheck.Find(signed, settings) is { } problem)
                throw new KmException(problem);
            network = new PluginNetwork(
                NetworkGrant.Of(signed.Capabilities.Network, _first.Facts.ApiEndpoint, _first.Options.AllowPrivate, settings),
                Network
            );
        }

        await _first.RecordLaunch(Label, Verification, prepared.Executable).WaitAsync(_living.Token).ConfigureAwait(false);
        Started = _first.Time.GetUtcNow();
        Network.Tell = (host, error) => Users.TellOfNetwork(_first, Label, host, error);
        _launched = await _launcher.LaunchAsync(prepared, _directory, () => Label, network, _living.Token).ConfigureAwait(false);
        _measuring = EndOverLimitAsync(_launched);
        var description = await Open(_first.Facts, _ => { }).DescribeAsync(_living.Token).ConfigureAwait(false);
        if (PluginIdentity.Check(Label, description, Manifest) is { } contradiction)
            throw new KmException(contradiction);
        Label = description.Name;
        _said?.Identify(Label);
        IsShared = description.ServesSessions && !_first.Options.Policy.ProcessPerSession;
        Description = description;
        _session = Open(_first.Options.Introduce(_first.Facts, Manifest), _ => { });
    }

    private async Task<KmError?> PresentAsync(EntitlementView view)
    {
        // To a plugin whose signed manifest asks for it. Any other learns only that it may run.
        var isEntitled = Manifest?.Capabilities.Credentials == true;
        var shown = isEntitled ? view : EntitlementView.SignedOut;
        await _presenting.WaitAsync(_living.Token).ConfigureAwait(false);
        try
        {
            if (_presented is { } last && IsShared && last.Text == shown.Text && _first.Time.GetElapsedTime(last.Time) < PresentedFor)
                return last.Answer;
            var denied = await _session!.AuthenticateAsync(Label, shown, _living.Token).ConfigureAwait(false);
            if (denied is not null && !isEntitled && EntitlementGate.Concerns(Manifest))
                denied = denied with
                {
                    Hint =
                        "It is not shown the entitlement, because its manifest does not ask for it (capabilities.credentials). Ask the publisher.",
                };
            _presented = (shown.Text, _first.Time.GetTimestamp(), denied);
            return denied;
        }
        finally
        {
            _presenting.Release();
        }
    }

    private PluginSetup Configure()
    {
        var settings = _first.Settings;
        if (settings is null)
        {
            settings = PluginSettings.For(Label, out var problems);
            foreach (var problem in problems)
                _first.Presenter.Warn(problem);
        }

        if (_state is { } state)
            Files.PrivateFile.CreateTrustedDirectory(state);
        var endpoint = Manifest?.Capabilities.Network.Contains(NetworkEntry.KilometersApi) == true ? _first.Facts.ApiEndpoint : "";
        return new PluginSetup(settings, endpoint, _state ?? "");
    }

    /// <summary>Ends it if it uses more than it may.</summary>
    private async Task EndOverLimitAsync(LaunchedPlugin launched)
    {
        if (await launched.OverLimit.ConfigureAwait(false) is { } breach)
            Fail(breach);
    }

    private async Task StopAsync(GoPluginClient client, CancellationToken kill)
    {
        if (_session is { } session && !client.Exited.IsCompleted)
        {
            try
            {
                await session.ShutdownAsync(ShutdownLimit, kill).ConfigureAwait(false);
            }
            catch (Exception e) when (e is Grpc.Core.RpcException or OperationCanceledException)
            {
                // It does not answer, or is gone: it is ended in any case.
            }
        }

        await client.StopAsync(kill).ConfigureAwait(false);
    }
}
