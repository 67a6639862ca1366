using System.Globalization;
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
    private readonly IReadOnlyList<PluginInstance> _plugins;
    private bool _hasWarned;

    /// <param name="options">What plugins get.</param>
    /// <param name="create">Makes the instance of a source.</param>
    /// <param name="presenter">Hears of what is wrong.</param>
    /// <param name="time">The clock.</param>
    public PluginRoster(
        PluginHostingOptions options,
        Func<PluginSource, PluginInstance> create,
        IPluginPresenter presenter,
        TimeProvider time
    )
    {
        _options = options;
        _presenter = presenter;
        _time = time;
        _discovery = options.Installed is null ? null : new PluginDiscovery(options.Installed);

        // Each has its queue before it is known whether it may run: what is shown of the session begins with the first byte.
        _plugins =
        [
            .. options.DevPlugins.Select(path => create(new DevelopmentSource(path))),
            .. _discovery
                ?.ListForSession()
                .Select(candidate => create(new CandidateSource(candidate, new StateFolders(options.Installed!.State))))
                ?? [],
        ];
        Dispatcher = new PluginDispatcher(_plugins.Select(plugin => plugin.Queue));
    }

    /// <summary>All that there are, those that do not run included.</summary>
    public IReadOnlyList<PluginInstance> All => _plugins;

    public PluginDispatcher Dispatcher { get; }

    /// <summary>Directories that were left out, and why.</summary>
    public IReadOnlyList<KmError> Warnings => _discovery?.Warnings ?? [];

    /// <summary>Whether the project has plugins that the user has not agreed to.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What to say; null where there are none.</returns>
    public KmError? FindUntrusted(CancellationToken cancellationToken) => _discovery?.FindUntrusted(cancellationToken);

    /// <summary>The builds that name a customer, as far as they have been looked at.</summary>
    public IReadOnlyList<InstalledBuild> Builds { get; private set; } = [];

    /// <summary>How often the entitlement decided whether one may run.</summary>
    public DecisionTally Decisions { get; } = new();

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
            if (PolicyGate.CheckDevelopment(_options.Policy, plugin.Label) is { } refusal)
                plugin.Refuse(plugin.Label, refusal);
            else
                load(plugin);
        }

        var packages = _plugins.Where(plugin => plugin.Source is CandidateSource).ToList();
        if (packages.Count == 0)
            return;
        try
        {
            var policy = HostPolicy.Create(_options.Installed!, _options.BuiltInRoot, _options.HostVersion, _time, view, out var trust);
            if (!_hasWarned)
                trust.Warnings.ToList().ForEach(_presenter.Warn);
            _hasWarned = true;
            var disabled = new DisabledPlugins(_options.Installed!.Disabled).Read();
            var found = _discovery!.Resolve(
                [.. packages.Select(plugin => ((CandidateSource)plugin.Source).Candidate)],
                new PackageVerifier(policy)
            );
            Builds = PluginBuilds.Of(found);
            foreach (var (plugin, package) in packages.Zip(found))
            {
                if (!plugin.IsDecided && !package.IsSuperseded && disabled.Contains(package.Name))
                    plugin.SwitchOff(package.Name);
                else
                    Decide(plugin, PolicyGate.Apply(package, _options.Policy), policy, view, isCurrent, load);
            }
        }
        catch (KmException e)
        {
            // Without knowing what was revoked, or disabled, nothing that is installed runs.
            foreach (var plugin in packages.Where(plugin => !plugin.IsDecided))
                plugin.Refuse(plugin.Label, e.Error);
        }
    }

    /// <summary>The entitlement was refreshed: who may no longer run ends, who may now starts.</summary>
    public async Task ReviewAsync(EntitlementView view, Action<PluginInstance> load)
    {
        foreach (
            var _ in _plugins.Where(plugin =>
                plugin.State == PluginState.Active && EntitlementGate.Concerns(plugin.Loaded?.Verification?.Manifest)
            )
        )
            Decisions.Add(view);
        await Task.WhenAll(_plugins.Select(plugin => plugin.ReviewAsync(view))).ConfigureAwait(false);
        Decide(view, isCurrent: true, load);
    }

    /// <summary>A plugin is about to be started again: all gates once more, with what is installed, trusted and revoked now.</summary>
    /// <returns>Why it must not be; null if it may.</returns>
    public KmError? Admit(PluginInstance plugin, EntitlementView view)
    {
        if (plugin.Source is not CandidateSource source)
            return PolicyGate.CheckDevelopment(_options.Policy, plugin.Label);
        try
        {
            var policy = HostPolicy.Create(_options.Installed!, _options.BuiltInRoot, _options.HostVersion, _time, view, out _);
            var candidates = _plugins.Select(other => other.Source).OfType<CandidateSource>().Select(other => other.Candidate).ToList();
            var found = _discovery!.Resolve(candidates, new PackageVerifier(policy))[candidates.IndexOf(source.Candidate)];
            var package = EntitlementGate.Apply(PolicyGate.Apply(found, _options.Policy), view);
            if (EntitlementGate.Concerns(package.Front?.Unverified))
                Decisions.Add(view with { WasAsked = false });
            if (package.Error is not null)
                return package.Error;
            if (package.IsSuperseded)
                return new KmError(
                    ErrorCode.Shadowing,
                    $"Plugin '{package.Name}' is skipped: another plugin with that name takes precedence",
                    source.Candidate.Path
                );
            source.Allow(policy, _options.Policy, package.Front!);
            return null;
        }
        catch (KmException e)
        {
            return e.Error;
        }
    }

    /// <summary>What did not reach plugins, in words, one entry per plugin and reason; empty if everything did.</summary>
    public IReadOnlyList<string> DescribeLosses()
    {
        var losses = new List<string>();
        foreach (var plugin in _plugins)
        {
            foreach (var (reason, count) in plugin.Queue.Drops)
                Add(count, LossText.Dropped(reason));
            Add(plugin.Queue.Undelivered, plugin.Undelivered);
            var now = plugin.Queue.Figures;
            Add(now.WaitingItems + now.Unacknowledged, "not delivered yet");
            Add(plugin.Failed, "failed in it");
            Add(plugin.TooLarge, "too large for it");

            void Add(long count, string what)
            {
                if (count > 0)
                    losses.Add(string.Create(CultureInfo.InvariantCulture, $"{plugin.Label}: {count} {what}"));
            }
        }

        return losses;
    }

    private void Decide(
        PluginInstance plugin,
        FoundPackage package,
        VerificationPolicy policy,
        EntitlementView view,
        bool isCurrent,
        Action<PluginInstance> load
    )
    {
        var isWaiting = plugin.State == PluginState.Error && EntitlementGate.IsAbout(plugin.Error);
        if (plugin.IsDisabled || (plugin.IsDecided && !isWaiting))
            return;
        if (EntitlementGate.Concerns(package.Front?.Unverified) && (package.Error is null || EntitlementGate.IsAbout(package.Error)))
        {
            NeedsEntitlement = true;
            if (!isCurrent)
                return;
            Decisions.Add(view);
        }

        // It runs without the entitlement, but decides about requests, or does all that it can, only with it.
        var front = package.Front?.Unverified;
        if (package is { Error: null, IsSuperseded: false } && (_options.Policy.MayIntercept(front) || EntitlementGate.Extends(front)))
            NeedsEntitlement = true;
        if (package.IsSuperseded)
            plugin.Dismiss();
        else if (EntitlementGate.Apply(package, view).Error is { } refusal)
            plugin.Refuse(package.Name, refusal);
        else
        {
            ((CandidateSource)plugin.Source).Allow(policy, _options.Policy, package.Front!);
            load(plugin);
        }
    }
}
