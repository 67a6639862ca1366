using Kilometers.Contracts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Egress;
using Kilometers.PluginHost.Installation;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Lifecycle;

namespace Kilometers.PluginHost.Control;

/// <summary>
/// Shows a session's plugins as they are, and acts on them. Looks at them every 2 s, so that a rate is known whenever somebody asks; but not
/// while nothing happens in the session.
/// </summary>
internal sealed class SessionControl : ISessionControl, IDisposable
{
    private const string Disabled = "Disabled";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly PluginHosting _hosting;
    private readonly int _process;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RateWindow> _delivered = [];
    private readonly Dictionary<int, RateWindow> _processors = [];
    private readonly ITimer _timer;
    private long _total = -1;
    private long _movedAt;
    private volatile bool _isResting;

    public SessionControl(PluginHosting hosting, int process, TimeProvider time)
    {
        _process = process;
        _hosting = hosting;
        _time = time;
        _timer = time.CreateTimer(_ => TryLook(), null, Interval, Interval);
    }

    public SessionReport Report()
    {
        var plugins = _hosting.Snapshot();
        var view = _hosting.Entitlement;
        var messages = plugins.Where(plugin => plugin.Tier > Tier.Free).Sum(plugin => plugin.Queue.Delivered);
        lock (_gate)
        {
            return new SessionReport
            {
                Pid = _process,
                Session = _hosting.Session,
                Server = _hosting.Options.ServerLabel,
                Started = _hosting.Started,
                KmVersion = _hosting.Options.HostVersion,
                Entitlement = view is null ? null : Describe(view),
                Decisions = new EntitlementDecisions
                {
                    Loads = new DecisionCount { All = _hosting.Decisions.All, Cached = _hosting.Decisions.Cached },

                    // A plugin decides each message by the token that it holds: none of them ever waits for the API.
                    Messages = new DecisionCount { All = messages, Cached = messages },
                },
                Plugins = [.. plugins.Select(plugin => Describe(plugin, view))],
            };
        }
    }

    public async Task<KmError?> ActAsync(ControlAction action, string plugin, ControlPeer peer, CancellationToken cancellationToken)
    {
        var known = _hosting.Snapshot().FirstOrDefault(known => known.Name == plugin);
        var error = known is null
            ? LaunchErrors.NotInSession(plugin)
            : action switch
            {
                ControlAction.Enable => await _hosting.EnableAsync(plugin, cancellationToken).ConfigureAwait(false),
                ControlAction.Disable => await _hosting.DisableAsync(plugin, cancellationToken).ConfigureAwait(false),
                _ => known.IsDisabled
                    ? DisabledPlugins.Refusal(plugin)
                    : await _hosting.RestartAsync(plugin, cancellationToken).ConfigureAwait(false),
            };
        _hosting.Audit.Asked(plugin, ControlProtocol.Name(action), $"process {peer.Pid} of user {peer.User}", error);
        return error;
    }

    /// <summary>Something was observed, or handled. Short.</summary>
    public void NoteTraffic()
    {
        Volatile.Write(ref _movedAt, _time.GetTimestamp());
        if (!_isResting)
            return;
        lock (_gate)
        {
            if (!_isResting)
                return;
            _isResting = false;

            // Over the rest, nothing was fast: that says nothing about now.
            _delivered.Clear();
            _processors.Clear();
            _timer.Change(TimeSpan.Zero, Interval);
        }
    }

    public void Dispose() => _timer.Dispose();

    private static EntitlementReport Describe(EntitlementView view) =>
        new()
        {
            State = view.State.ToString().ToLowerInvariant(),
            Tier = view.Tier.ToString(),
            HoldsUntil = view.Token is { } token ? DateTimeOffset.FromUnixTimeSeconds(token.OfflineUntil) : null,
            Error = view.Error,
        };

    private PluginReport Describe(PluginSnapshot plugin, EntitlementView? view)
    {
        var use = plugin.ProcessId is { } id ? ProcessUse.Of(id) : null;
        return new PluginReport
        {
            Name = plugin.Name,
            Version = plugin.Version,
            Tier = plugin.Tier?.ToString(),
            State =
                plugin.IsDisabled ? Disabled
                : plugin.IsRefused ? PluginReport.Refused
                : plugin.State.ToString(),
            Pid = plugin.ProcessId,
            Started = plugin.Started,
            Isolation = plugin.Isolation?.Reached ?? [],
            MissingIsolation =
            [
                .. plugin.Isolation?.Layers.Where(layer => !layer.IsReached).Select(layer => $"{layer.Name}: {layer.Detail}") ?? [],
            ],
            Limits = plugin.Isolation?.Limits,
            Restarts = plugin.Restarts,
            NextRestart = plugin.NextRestart,
            History =
            [
                .. plugin.History.Select(change => new StateChange
                {
                    At = change.Time,
                    State = change.State.ToString(),
                    Code = change.Code,
                }),
            ],
            LastError = plugin.LastError,
            Queue = new QueueReport
            {
                Items = plugin.Queue.WaitingItems + plugin.Queue.Unacknowledged,
                Bytes = plugin.Queue.WaitingBytes,
                Dropped = plugin.Queue.Dropped,
                Delivered = plugin.Queue.Delivered,
                DeliveredPerSecond = _delivered.GetValueOrDefault(plugin.Name)?.Rate(plugin.Queue.Delivered),
            },
            Handler = plugin.Queue is { LatencyP50: { } p50, LatencyP99: { } p99 } ? new HandlerTimes { P50 = p50, P99 = p99 } : null,
            Resources = use is null
                ? null
                : use with
                {
                    CpuPercent = 100 * _processors.GetValueOrDefault(plugin.ProcessId!.Value)?.Rate(use.CpuSeconds!.Value),
                },
            Network = Describe(plugin.Network),
            Entitlement = plugin.Tier switch
            {
                Tier.Free => "not needed",
                not null => view?.State.ToString().ToLowerInvariant() ?? "not known",
                null => EntitlementGate.IsAbout(plugin.LastError) ? "denied" : "not known",
            },
        };
    }

    private static NetworkReport? Describe(NetworkUse use) =>
        use == default
            ? null
            : new NetworkReport
            {
                Connections = use.Connections,
                Open = use.Open,
                Refused = use.Refused,
                Failed = use.Failed,
                BytesSent = use.BytesSent,
                BytesReceived = use.BytesReceived,
            };

    private void TryLook()
    {
        try
        {
            Look();
        }
        catch (Exception)
        {
            // A rate less to show. On a timer it would end the process, and with it the session.
        }
    }

    private void Look()
    {
        var plugins = _hosting.Snapshot();
        lock (_gate)
        {
            foreach (var plugin in plugins)
            {
                Of(_delivered, plugin.Name).Keep(plugin.Queue.Delivered);
                if (plugin.ProcessId is { } id && ProcessUse.Of(id)?.CpuSeconds is { } seconds)
                    Of(_processors, id).Keep(seconds);
            }

            RestIfIdle(plugins);
            foreach (var gone in _processors.Keys.Except(plugins.Select(plugin => plugin.ProcessId ?? 0)).ToList())
                _processors.Remove(gone);
        }

        RateWindow Of<TKey>(Dictionary<TKey, RateWindow> windows, TKey key)
            where TKey : notnull => windows.TryGetValue(key, out var window) ? window : windows[key] = new RateWindow(Window, _time);
    }

    /// <summary>Whoever asks then gets the rates of the last moments before.</summary>
    private void RestIfIdle(IReadOnlyList<PluginSnapshot> plugins)
    {
        var total = plugins.Sum(plugin => plugin.Queue.Delivered + plugin.Queue.Dropped);
        if (total != _total || plugins.Any(plugin => plugin.Queue.WaitingItems + plugin.Queue.Unacknowledged > 0))
        {
            _total = total;
            Volatile.Write(ref _movedAt, _time.GetTimestamp());
        }

        if (_time.GetElapsedTime(Volatile.Read(ref _movedAt)) < Window)
            return;
        _isResting = true;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        IdleRelease.Plan();
    }
}
