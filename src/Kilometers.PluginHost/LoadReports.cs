using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost;

/// <summary>Tells the user which plugins have loaded: together what loads soon, each of the others when it is Active.</summary>
internal sealed class LoadReports(
    Func<IReadOnlyList<PluginInstance>> plugins,
    IPluginPresenter presenter,
    PluginPaths? installed,
    TimeProvider time,
    CancellationToken ending
)
{
    /// <summary>A plugin that is not Active by then is reported later, by itself.</summary>
    private static readonly TimeSpan ReportAfter = TimeSpan.FromSeconds(2);

    private readonly List<Task> _noting = [];
    private readonly HashSet<PluginInstance> _reported = [];
    private volatile bool _hasReported;

    /// <summary>Reports what has loaded after <see cref="ReportAfter"/>, and again when everything has.</summary>
    /// <param name="loading">Completes when every plugin has loaded or failed to.</param>
    public async Task RunAsync(Task loading)
    {
        await Task.WhenAny(loading, Until(ReportAfter)).ConfigureAwait(false);
        _hasReported = loading.IsCompleted;
        Report();
        if (_hasReported)
            return;
        await Task.WhenAny(loading, Until(Timeout.InfiniteTimeSpan)).ConfigureAwait(false);
        _hasReported = true;
        Report();
    }

    /// <summary>The first time, a plugin goes into the table of loaded plugins; later its restart is reported.</summary>
    public void BecameActive(PluginInstance plugin, int restarts)
    {
        bool isNew;
        lock (_reported)
        {
            // The entitlement ended it and now allows it again: it is loaded, not restarted.
            if (restarts == 0)
                _reported.Remove(plugin);
            isNew = !_reported.Contains(plugin);
        }

        if (!isNew)
            presenter.Restarted(plugin.Loaded!, restarts);
        else if (_hasReported)
            Report();
    }

    /// <summary>Waits until everything that was reported is in the registry.</summary>
    public Task CompleteAsync() => Task.WhenAll(_noting);

    private void Report()
    {
        List<PluginInstance> news;
        lock (_reported)
            news = plugins().Where(plugin => plugin.Loaded is not null && _reported.Add(plugin)).ToList();
        if (news.Count == 0)
            return;
        presenter.Loaded([.. news.Select(plugin => plugin.Loaded!)]);
        if (installed is { } paths)
            _noting.Add(
                RegistryNotes.AuthenticatedAsync(
                    paths,
                    [.. news.Where(plugin => plugin.Loaded!.Verification is not null).Select(plugin => plugin.Label)],
                    time,
                    ending
                )
            );
    }

    private async Task Until(TimeSpan limit)
    {
        try
        {
            await Task.Delay(limit, time, ending).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The session ended first.
        }
    }
}
