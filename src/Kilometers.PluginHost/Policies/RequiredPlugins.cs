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
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<(string Plugin, KmError Error)> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool _isReleased;

    /// <summary>Completes when one of them was Active and will not be again.</summary>
    public Task<(string Plugin, KmError Error)> Lost => _lost.Task;

    /// <summary>The session is over: whoever ends now is not lost.</summary>
    public void Release()
    {
        lock (_gate) _isReleased = true;
    }

    /// <summary>A plugin is in another state now.</summary>
    public void Moved(PluginInstance plugin)
    {
        if (_rules.Count == 0) return;
        lock (_gate)
        {
            if (_isReleased) return;
            if (plugin.State == PluginState.Active && plugin.Loaded?.Verification is { } verified)
            {
                foreach (var rule in _rules.Where(rule => rule.Covers(verified.Manifest, verified.PayloadDigest))) _active[rule] = plugin;
                if (_active.Count == _rules.Count) _complete.TrySetResult();
            }
            else if (plugin.State == PluginState.Error && _active.ContainsValue(plugin))
            {
                var why = plugin.Error is { } error ? $"{error.Summary} [{error.Code}]" : null;
                _lost.TrySetResult((plugin.Label, new KmError(ErrorCode.RequiredPluginLost, $"Plugin '{plugin.Label}', which policy requires, is gone", why, "See: km policy show")));
            }
        }
    }

    /// <summary>Waits until all of them are Active, or it is certain that they will not be.</summary>
    /// <param name="loading">Completes when every plugin is Active, refused or failed.</param>
    /// <param name="plugins">All plugins of the session.</param>
    /// <param name="limit">How long they may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why the session must not be started, with the plugin that is missing; null if it may.</returns>
    public async Task<(string Plugin, KmError Error)?> WaitAsync(
        Task loading, Func<IReadOnlyList<PluginInstance>> plugins, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_complete.Task, _lost.Task, loading, Task.Delay(limit, time, cancellationToken)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (_lost.Task.IsCompletedSuccessfully) return await _lost.Task.ConfigureAwait(false);
        List<PluginRule> missing;
        lock (_gate) missing = [.. _rules.Where(rule => !_active.ContainsKey(rule))];
        if (missing.Count == 0) return null;
        var seconds = limit.TotalSeconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture);
        var reasons = missing.Select(rule =>
        {
            var named = plugins().Where(plugin => plugin.Label == rule.Name).ToList();
            return named.Find(plugin => plugin.Error is not null)?.Error is { } error ? $"{rule}: {error.Summary} [{error.Code}]"
                : named.Count == 0 ? $"{rule}: there is no such plugin here"
                : named.Exists(plugin => plugin.State == PluginState.Active) ? $"{rule}: another version of it is installed"
                : $"{rule}: it was not ready within {seconds} s";
        });
        return (missing[0].Name, new KmError(
            ErrorCode.RequiredPluginMissing,
            $"The server was not started: policy requires {(missing.Count == 1 ? $"plugin '{missing[0].Name}', which does" : $"{missing.Count} plugins that do")} not run",
            string.Join('\n', reasons),
            $"Install what is missing, or see why it does not run: km plugins status {missing[0].Name}"));
    }
}
