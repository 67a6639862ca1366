using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Discovery;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// The plugins of a session: which of them may run, and, whenever the entitlement changes, which still may and which may now.
/// </summary>
internal sealed class PluginRoster
{
    private readonly PluginHostingOptions _options;
    private readonly IPluginPresenter _presenter;
    private readonly TimeProvider _time;
    private readonly PluginDiscovery? _discovery;
    private readonly Func<PluginSource, PluginInstance> _create;
    private readonly List<PluginInstance> _retired = [];
    private volatile IReadOnlyList<PluginInstance> _plugins;
    private bool _hasWarned;

    /// <param name="options">What plugins get.</param>
    /// <param name="create">Makes the instance of a source.</param>
    /// <param name="presenter">Hears of what is wrong.</param>
    /// <param name="time">The clock.</param>
    public PluginRoster(PluginHostingOptions options, Func<PluginSource, PluginInstance> create, IPluginPresenter presenter, TimeProvider time)
    {
        _options = options;
        _presenter = presenter;
        _time = time;
        _create = create;
        _discovery = options.Installed is null ? null : new PluginDiscovery(options.Installed);

        // Each has its queue before it is known whether it may run: what is shown of the session begins with the first byte.
        _plugins = [.. options.DevPlugins.Select(path => create(new DevelopmentSource(path))), .. _discovery?.List().Select(candidate => create(new PackageSource(candidate))) ?? []];
        Dispatcher = new PluginDispatcher(_plugins.Select(plugin => plugin.Queue));
    }

    /// <summary>All that there were, those that do not run included. Not while <see cref="ReviewAsync"/> runs.</summary>
    public IReadOnlyList<PluginInstance> All => [.. _retired, .. _plugins];

    public PluginDispatcher Dispatcher { get; }

    /// <summary>Directories that were left out, and why.</summary>
    public IReadOnlyList<KmError> Warnings => _discovery?.Warnings ?? [];

    /// <summary>The builds that name a customer, as far as they have been looked at.</summary>
    public IReadOnlyList<InstalledBuild> Builds { get; private set; } = [];

    /// <summary>Whether any of them depends on the entitlement.</summary>
    public bool NeedsEntitlement { get; private set; }

    /// <summary>
    /// Decides about all that nobody has decided about, and again about what only the entitlement kept from running; starts those that may.
    /// </summary>
    /// <param name="view">The entitlement.</param>
    /// <param name="isCurrent">Whether that is what the API says now; else what depends on it stays undecided.</param>
    /// <param name="load">Starts one.</param>
    public void Decide(EntitlementView view, bool isCurrent, Action<PluginInstance> load)
    {
        foreach (var plugin in _plugins.Where(plugin => plugin is { Source: DevelopmentSource, IsDecided: false }))
        {
            if (PolicyGate.CheckDevelopment(_options.Policy, plugin.Label) is { } refusal) plugin.Refuse(plugin.Label, refusal);
            else load(plugin);
        }

        var packages = _plugins.Where(plugin => plugin.Source is PackageSource).ToList();
        if (packages.Count == 0) return;
        try
        {
            var policy = HostPolicy.Create(_options.Installed!, _options.BuiltInRoot, _options.HostVersion, _time, view, out var trust);
            if (!_hasWarned) trust.Warnings.ToList().ForEach(_presenter.Warn);
            _hasWarned = true;
            var found = _discovery!.Resolve([.. packages.Select(plugin => ((PackageSource)plugin.Source).Candidate)], new PackageVerifier(policy));
            Builds = PluginBuilds.Of(found);
            foreach (var (plugin, package) in packages.Zip(found)) Decide(plugin, PolicyGate.Apply(package, _options.Policy), policy, view, isCurrent, load);
        }
        catch (KmException e)
        {
            // Without knowing what was revoked, nothing that is installed runs.
            foreach (var plugin in packages.Where(plugin => !plugin.IsDecided)) plugin.Refuse(plugin.Label, e.Error);
        }
    }

    /// <summary>The entitlement was refreshed: who may no longer run ends, who may now starts.</summary>
    public async Task ReviewAsync(EntitlementView view, Action<PluginInstance> load)
    {
        await Task.WhenAll(_plugins.Select(plugin => plugin.ReviewAsync(view))).ConfigureAwait(false);
        Decide(view, isCurrent: true, load);
    }

    private void Decide(PluginInstance plugin, FoundPackage package, VerificationPolicy policy, EntitlementView view, bool isCurrent, Action<PluginInstance> load)
    {
        var isWaiting = plugin.State == PluginState.Error && EntitlementGate.IsAbout(plugin.Error);
        if (plugin.IsDecided && !isWaiting) return;
        if (EntitlementGate.Concerns(package.Front?.Unverified) && (package.Error is null || EntitlementGate.IsAbout(package.Error)))
        {
            NeedsEntitlement = true;
            if (!isCurrent) return;
        }

        if (package.IsSuperseded) plugin.Dismiss();
        else if (EntitlementGate.Apply(package, view).Error is { } refusal) plugin.Refuse(package.Name, refusal);
        else
        {
            if (isWaiting) plugin = Renew(plugin);
            ((PackageSource)plugin.Source).Allow(policy, _options.Policy, package.Front!.PayloadDigest);
            load(plugin);
        }
    }

    /// <summary>A life ends in <see cref="PluginState.Error"/>: who may run again begins another, with what is observed from now on.</summary>
    private PluginInstance Renew(PluginInstance ended)
    {
        var next = _create(new PackageSource(((PackageSource)ended.Source).Candidate));
        Dispatcher.Replace(ended.Queue, next.Queue);
        _retired.Add(ended);
        _plugins = [.. _plugins.Select(plugin => plugin == ended ? next : plugin)];
        return next;
    }
}
