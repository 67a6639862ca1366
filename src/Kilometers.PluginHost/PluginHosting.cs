using System.Globalization;
using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.Monitoring.Observation;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.Processes.Guarding;

namespace Kilometers.PluginHost;

/// <summary>
/// All plugins of one session. They load in the background; what is observed meanwhile waits in their queues, so that an Active plugin
/// has seen the session from its first message.
/// </summary>
internal sealed class PluginHosting : IAsyncDisposable
{
    /// <summary>The seed's target for loading: what is not ready by then is reported later, by itself.</summary>
    private static readonly TimeSpan ReportAfter = TimeSpan.FromSeconds(2);

    private readonly PluginHostingOptions _options;
    private readonly IPluginPresenter _presenter;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;
    private readonly string _session;
    private readonly PluginDiscovery? _discovery;
    private readonly PluginAudit _audit;
    private readonly List<PluginInstance> _plugins;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _noting = [];
    private PluginLauncher? _launcher;
    private Task _resolving = Task.CompletedTask;
    private Task _reporting = Task.CompletedTask;
    private Task _warming = Task.CompletedTask;

    public PluginHosting(PluginHostingOptions options, AuditLog audit, IPluginPresenter presenter, TimeProvider time)
    {
        _options = options;
        _presenter = presenter;
        _time = time;
        _started = time.GetUtcNow();
        _session = Guid.CreateVersion7(_started).ToString("N");
        _discovery = options.Installed is null ? null : new PluginDiscovery(options.Installed);
        _audit = new PluginAudit(audit, _session);

        // Each has its queue before it is known whether it may run: what is shown of the session begins with the first byte.
        IEnumerable<PluginSource> sources = [.. options.DevPlugins.Select(path => new DevelopmentSource(path)), .. _discovery?.List().Select(candidate => new PackageSource(candidate)) ?? []];
        _plugins = [.. sources.Select(source => new PluginInstance(source, presenter, _audit, options, time))];
        Sink = new PluginDispatcher(_plugins.Select(plugin => plugin.Queue));
    }

    /// <summary>Takes what is observed, from the session's first byte on.</summary>
    public IObservationSink Sink { get; }

    /// <summary>Starts loading all plugins; returns at once.</summary>
    /// <param name="guardian">Ends them if we are killed; null if there is none.</param>
    public void Start(Guardian? guardian)
    {
        foreach (var warning in _discovery?.Warnings ?? []) _presenter.Warn(warning);
        if (_plugins.Count == 0) return;
        foreach (var path in _options.DevPlugins)
        {
            _presenter.Warn(new KmError(
                ErrorCode.DevelopmentPlugin, $"Development plugin {path} is unsigned and runs with your rights", Hint: "Use --dev-plugin only for plugins that you are writing."));
        }

        // The first TLS of a process reads the system's authorities (50 to 200 ms), wanted or not: do it while plugins start.
        _warming = GoPluginClient.WarmUpAsync();
        _launcher = new PluginLauncher(_options, _presenter, _time, guardian);
        var loads = new List<Task>();
        _resolving = Task.Run(() => Resolve(loads));
        _reporting = ReportAsync(loads);
    }

    /// <summary>The session is over: plugins get what they still wait for, then the time to shut down, all within the limit.</summary>
    /// <param name="limit">How long all of that may take, at most.</param>
    public async Task FinishAsync(TimeSpan limit)
    {
        using var deliverBy = new CancellationTokenSource(limit * 0.8, _time);
        using var stopBy = new CancellationTokenSource(limit, _time);
        await Quietly(_resolving, deliverBy.Token).ConfigureAwait(false);
        await Task.WhenAll(_plugins.Select(plugin => plugin.FinishAsync(deliverBy.Token, stopBy.Token))).ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
        await Quietly(_audit.CompleteAsync(), stopBy.Token).ConfigureAwait(false);
        if (_audit.Failure is { } failure) _presenter.Warn(failure);
    }

    /// <summary>What did not reach plugins, in words, one entry per plugin and reason; empty if everything did.</summary>
    public IReadOnlyList<string> DescribeLosses()
    {
        var losses = new List<string>();
        foreach (var plugin in _plugins)
        {
            Add(plugin.Queue.Dropped, "dropped (its queue was full)");
            Add(plugin.Queue.Undelivered, plugin.Error is null ? "not delivered in time" : "not delivered (it failed)");
            Add(plugin.Failed, "failed in it");
            Add(plugin.TooLarge, "too large for it");

            void Add(long count, string what)
            {
                if (count > 0) losses.Add(string.Create(CultureInfo.InvariantCulture, $"{plugin.Label}: {count} {what}"));
            }
        }

        return losses;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _resolving.ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
        await Task.WhenAll(_noting).ConfigureAwait(false);
        _ = _audit.CompleteAsync();
        await _warming.ConfigureAwait(false);
        foreach (var plugin in _plugins) await plugin.DisposeAsync().ConfigureAwait(false);
        _launcher?.Dispose();
        _ending.Dispose();
    }

    /// <summary>Finds out which of the plugins may run, and starts those.</summary>
    private void Resolve(List<Task> loads)
    {
        var facts = new SessionFacts
        {
            SessionId = _session,
            ServerLabel = _options.ServerLabel,
            HostVersion = _options.HostVersion,
            Started = _started,
            Color = _options.Color,
        };
        Load(_plugins.Where(plugin => plugin.Source is DevelopmentSource));
        var packages = _plugins.Where(plugin => plugin.Source is PackageSource).ToList();
        if (packages.Count == 0) return;
        try
        {
            var policy = HostPolicy.Create(_options.Installed!, _options.BuiltInRoot, _options.HostVersion, _time, out var trust);
            foreach (var warning in trust.Warnings) _presenter.Warn(warning);
            var found = _discovery!.Resolve([.. packages.Select(plugin => ((PackageSource)plugin.Source).Candidate)], new PackageVerifier(policy));
            foreach (var (plugin, package) in packages.Zip(found))
            {
                if (package.IsSuperseded) plugin.Dismiss();
                else if (!package.MayLaunch) plugin.Refuse(package.Name, package.Error!);
                else
                {
                    ((PackageSource)plugin.Source).Allow(policy, package.Front!.PayloadDigest);
                    Load([plugin]);
                }
            }
        }
        catch (KmException e)
        {
            // Without knowing what was revoked, nothing that is installed runs.
            foreach (var plugin in packages) plugin.Refuse(plugin.Label, e.Error);
        }

        void Load(IEnumerable<PluginInstance> plugins)
        {
            foreach (var plugin in plugins.Where(_ => !_ending.IsCancellationRequested)) loads.Add(plugin.LoadAsync(_launcher!, facts));
        }
    }

    private async Task ReportAsync(List<Task> loads)
    {
        var reported = new HashSet<PluginInstance>();
        var loading = _resolving.ContinueWith(_ => Task.WhenAll(loads), TaskScheduler.Default).Unwrap();
        await Task.WhenAny(loading, Until(ReportAfter)).ConfigureAwait(false);
        Report(reported);
        if (loading.IsCompleted) return;
        await Task.WhenAny(loading, Until(Timeout.InfiniteTimeSpan)).ConfigureAwait(false);
        Report(reported);
    }

    private void Report(HashSet<PluginInstance> reported)
    {
        var news = _plugins.Where(plugin => plugin.Loaded is not null && reported.Add(plugin)).ToList();
        if (news.Count == 0) return;
        _presenter.Loaded([.. news.Select(plugin => plugin.Loaded!)]);
        foreach (var plugin in news.Where(plugin => plugin.Loaded!.Verification?.Signer?.Root.IsDevelopment == true))
        {
            _presenter.Warn(new KmError(
                ErrorCode.DevelopmentSigner, $"Plugin '{plugin.Label}' is signed under a development root ({plugin.Loaded!.Verification!.Signer!.Root.Source})",
                Hint: "Fine while developing; a release is signed under a release root."));
        }

        if (_options.Installed is { } paths)
            _noting.Add(RegistryNotes.AuthenticatedAsync(paths, [.. news.Where(plugin => plugin.Loaded!.Verification is not null).Select(plugin => plugin.Label)], _time, _ending.Token));
    }

    private async Task Until(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, _time, _ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The session ended first.
        }
    }

    private static async Task Quietly(Task task, CancellationToken cancellationToken)
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
