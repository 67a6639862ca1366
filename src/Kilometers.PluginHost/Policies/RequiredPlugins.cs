using System.Globalization;
using Kilometers.Contracts;
using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Policies;

/// <summary>
/// The plugins without which a session must not run: whether all of them are Active before it starts, and whether one of them is lost
/// while it runs. Only a verified package counts; what a plugin under development calls itself proves nothing.
/// </summary>
internal sealed class RequiredPlugins(PluginPolicy policy)
{
    private readonly IReadOnlyList<PluginRule> _rules = policy.RequiredPlugins;
    private readonly Lock _gate = new();
    private readonly Dictionary<PluginRule, PluginInstance> _active = [];
    private readonly HashSet<PluginInstance> _running = [];
    private readonly HashSet<PluginInstance> _failed = [];
    private readonly TaskCompletionSource<(string Plugin, KmError Error)> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isReleased;

    /// <summary>Completes when one of them was Active, and failed permanently.</summary>
    public Task<(string Plugin, KmError Error)> Lost => _lost.Task;

    /// <summary>The session is over: a plugin that ends now is not lost.</summary>
    public void Release()
    {
        lock (_gate)
            _isReleased = true;
    }

    /// <summary>A plugin runs.</summary>
    public void BecameActive(PluginInstance plugin)
    {
        lock (_gate)
        {
            _running.Add(plugin);
            _failed.Remove(plugin);
            if (plugin.Loaded?.Verification is { } verified)
                foreach (var rule in _rules.Where(rule => rule.Covers(verified.Manifest, verified.PayloadDigest)))
                    _active[rule] = plugin;
            Change();
        }
    }

    /// <summary>A plugin was refused or given up: nothing starts it again by itself.</summary>
    public void FailedPermanently(PluginInstance plugin)
    {
        lock (_gate)
        {
            if (_isReleased)
                return;
            _running.Remove(plugin);
            _failed.Add(plugin);
            if (_active.ContainsValue(plugin))
            {
                var why = plugin.Error is { } error ? $"{error.Summary} [{error.Code}]" : null;
                _lost.TrySetResult(
                    (
                        plugin.Label,
                        new KmError(
                            ErrorCode.RequiredPluginLost,
                            $"Plugin '{plugin.Label}', which policy requires, is gone",
                            why,
                            "See: km policy show"
                        )
                    )
                );
            }

            Change();
        }
    }

    /// <summary>Waits until all of them are Active, or it is certain that they will not be.</summary>
    /// <param name="loading">Completes when every plugin was decided about.</param>
    /// <param name="plugins">All plugins of the session.</param>
    /// <param name="limit">How long they may take.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Why the session must not be started, with the plugin that is missing; null if it may.</returns>
    public async Task<(string Plugin, KmError Error)?> WaitAsync(
        Task loading,
        IReadOnlyList<PluginInstance> plugins,
        TimeSpan limit,
        TimeProvider time
    )
    {
        using var late = new CancellationTokenSource(limit, time);
        while (true)
        {
            Task changed;
            List<PluginRule> missing;
            lock (_gate)
            {
                if (_lost.Task.IsCompletedSuccessfully)
                    return _lost.Task.Result;
                missing = [.. _rules.Where(rule => !_active.ContainsKey(rule))];
                if (missing.Count == 0)
                    return null;
                if (late.IsCancellationRequested || (loading.IsCompleted && missing.Exists(rule => IsHopeless(rule, plugins))))
                    return Refuse(missing, plugins, limit);
                changed = _changed.Task;
            }

            var next = loading.IsCompleted ? changed : Task.WhenAny(changed, loading);
            await next.WaitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static List<PluginInstance> Named(PluginRule rule, IReadOnlyList<PluginInstance> plugins) =>
        [.. plugins.Where(plugin => !plugin.IsDismissed && plugin.Label == rule.Name)];

    /// <summary>Whether nothing can fulfil a rule any more: what has its name failed, is disabled, or runs and is another version.</summary>
    private bool IsHopeless(PluginRule rule, IReadOnlyList<PluginInstance> plugins) =>
        Named(rule, plugins)
            .TrueForAll(plugin => _failed.Contains(plugin) || _running.Contains(plugin) || plugin.State == PluginState.Stopped);

    private (string Plugin, KmError Error) Refuse(List<PluginRule> missing, IReadOnlyList<PluginInstance> plugins, TimeSpan limit)
    {
        var reasons = missing.Select(rule =>
        {
            var named = Named(rule, plugins);
            return named.Find(plugin => plugin.Error is not null)?.Error is { } error ? $"{rule}: {error.Summary} [{error.Code}]"
                : named.Count == 0 ? $"{rule}: there is no such plugin here"
                : named.Exists(plugin => _running.Contains(plugin) && plugin.Loaded?.Verification is null)
                    ? $"{rule}: what runs here under that name is unsigned"
                : named.Exists(_running.Contains) ? $"{rule}: another version of it is installed"
                : named.Exists(plugin => plugin.State == PluginState.Stopped)
                    ? $"{rule}: it is disabled; to enable it: km plugins enable {rule.Name}"
                : string.Create(CultureInfo.InvariantCulture, $"{rule}: it was not ready within {limit.TotalSeconds:0} s");
        });
        return (
            missing[0].Name,
            new KmError(
                ErrorCode.RequiredPluginMissing,
                $"The server was not started: policy requires {(missing.Count == 1 ? $"plugin '{missing[0].Name}', which does" : $"{missing.Count} plugins that do")} not run",
                string.Join('\n', reasons),
                $"Install what is missing, or see why it does not run: km plugins status {missing[0].Name}"
            )
        );
    }

    private void Change()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
