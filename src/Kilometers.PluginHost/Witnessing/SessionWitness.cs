using Kilometers.Contracts;
using Kilometers.PluginHost.Api;

namespace Kilometers.PluginHost.Witnessing;

/// <summary>
/// Keeps the witness up to date while a session runs: soon after its start, which catches up on the sessions before, every few minutes, and at
/// its end, if that is quick. An outage is not reported: the next session catches up.
/// </summary>
internal sealed class SessionWitness : IAsyncDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private readonly CancellationTokenSource _ending = new();
    private readonly AuditWitness _witness;
    private readonly Action<KmError> _warn;
    private readonly TimeProvider _time;
    private readonly Task _running;
    private bool _hasWarned;

    /// <param name="witness">The witness.</param>
    /// <param name="warn">Takes what the user must know, once.</param>
    /// <param name="time">The clock.</param>
    public SessionWitness(AuditWitness witness, Action<KmError> warn, TimeProvider time)
    {
        _witness = witness;
        _warn = warn;
        _time = time;
        _running = Task.Run(RunAsync);
    }

    /// <summary>The session is over, and its last record is written: sends that if there is time.</summary>
    /// <param name="limit">How long it may take.</param>
    public async Task FinishAsync(TimeSpan limit)
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        using var stop = new CancellationTokenSource(limit, _time);
        await Task.WhenAny(Task.Run(() => SendAsync(stop.Token), stop.Token), Task.Delay(limit, _time)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        var stop = _ending.Token;
        for (var pause = First; ; pause = Interval)
        {
            await Task.Delay(pause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            await SendAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _witness.SendAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next session catches up.
        }
        catch (KmException e)
        {
            if (ApiClient.IsOutage(e.Error) || _hasWarned)
                return;
            _hasWarned = true;
            _warn(e.Error);
        }
    }
}
