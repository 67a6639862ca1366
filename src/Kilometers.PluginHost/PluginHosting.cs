using System.Globalization;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.Monitoring.Observation;
using Kilometers.PluginHost.Dispatch;
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
    private readonly List<PluginInstance> _plugins;
    private readonly CancellationTokenSource _ending = new();
    private PluginLauncher? _launcher;
    private Task _reporting = Task.CompletedTask;
    private Task _warming = Task.CompletedTask;

    public PluginHosting(PluginHostingOptions options, IPluginPresenter presenter, TimeProvider time)
    {
        _options = options;
        _presenter = presenter;
        _time = time;
        _started = time.GetUtcNow();
        _plugins = [.. options.DevPlugins.Select(path => new PluginInstance(path, presenter, options, time))];
        Sink = new PluginDispatcher(_plugins.Select(plugin => plugin.Queue));
    }

    /// <summary>Takes what is observed, from the session's first byte on.</summary>
    public IObservationSink Sink { get; }

    /// <summary>Starts loading all plugins; returns at once.</summary>
    /// <param name="guardian">Ends them if we are killed; null if there is none.</param>
    public void Start(Guardian? guardian)
    {
        if (_plugins.Count == 0) return;
        foreach (var path in _options.DevPlugins)
        {
            _presenter.Warn(new KmError(
                ErrorCode.DevelopmentPlugin, $"Development plugin {path} is unsigned and runs with your rights", Hint: "Use --dev-plugin only for plugins that you are writing."));
        }

        // The first TLS of a process reads the system's authorities (50 to 200 ms), wanted or not: do it while plugins start.
        _warming = GoPluginClient.WarmUpAsync();
        _launcher = new PluginLauncher(_options, _presenter, _time, guardian);
        var facts = new SessionFacts
        {
            SessionId = Guid.CreateVersion7(_started).ToString("N"),
            ServerLabel = _options.ServerLabel,
            HostVersion = _options.HostVersion,
            Started = _started,
            Color = _options.Color,
        };
        var loads = _plugins.ConvertAll(plugin => plugin.LoadAsync(_launcher, facts));
        _reporting = ReportAsync(loads);
    }

    /// <summary>The session is over: plugins get what they still wait for, then the time to shut down, all within the limit.</summary>
    /// <param name="limit">How long all of that may take, at most.</param>
    public async Task FinishAsync(TimeSpan limit)
    {
        using var deliverBy = new CancellationTokenSource(limit * 0.8, _time);
        using var stopBy = new CancellationTokenSource(limit, _time);
        await Task.WhenAll(_plugins.Select(plugin => plugin.FinishAsync(deliverBy.Token, stopBy.Token))).ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
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
        await _reporting.ConfigureAwait(false);
        await _warming.ConfigureAwait(false);
        foreach (var plugin in _plugins) await plugin.DisposeAsync().ConfigureAwait(false);
        _launcher?.Dispose();
        _ending.Dispose();
    }

    private async Task ReportAsync(List<Task> loads)
    {
        var reported = new HashSet<PluginInstance>();
        await Task.WhenAny(Task.WhenAll(loads), Until(ReportAfter)).ConfigureAwait(false);
        Report(reported);
        if (loads.TrueForAll(load => load.IsCompleted)) return;
        await Task.WhenAny(Task.WhenAll(loads), Until(Timeout.InfiniteTimeSpan)).ConfigureAwait(false);
        Report(reported);
    }

    private void Report(HashSet<PluginInstance> reported)
    {
        var news = _plugins.Where(plugin => plugin.Loaded is not null && reported.Add(plugin)).ToList();
        if (news.Count > 0) _presenter.Loaded([.. news.Select(plugin => plugin.Loaded!)]);
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
}
