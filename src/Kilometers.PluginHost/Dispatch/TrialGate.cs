namespace Kilometers.PluginHost.Dispatch;

/// <summary>
/// Lets the sessions of one process send to it. What was unacknowledged when the last process died is delivered alone: while a session has
/// such items, no other has anything under way. So it is certain which message a process dies of, and whose.
/// </summary>
internal sealed class TrialGate
{
    private readonly Lock _gate = new();
    private readonly HashSet<PluginQueue> _queues = [];
    private PluginQueue? _turn;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isTrial;
    private bool _isDoubtful;

    /// <summary>A session begins to send.</summary>
    public void Enter(PluginQueue queue)
    {
        lock (_gate)
        {
            _queues.Add(queue);
            _isTrial |= queue.HasSuspects;
        }
    }

    /// <summary>
    /// A session sends nothing more. If it left something unacknowledged, the process may be dying of that: what another session sends now
    /// is not proven to be the cause.
    /// </summary>
    public void Leave(PluginQueue queue)
    {
        lock (_gate)
        {
            _queues.Remove(queue);
            _isDoubtful |= !queue.OwesNothing;
        }

        Pulse();
    }

    /// <summary>A session's items were acknowledged.</summary>
    public void Acknowledged()
    {
        if (_isTrial)
            Pulse();
    }

    /// <summary>Takes items to send as soon as the session may.</summary>
    /// <param name="queue">The session's queue.</param>
    /// <param name="take">Takes them; short.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask TakeAsync(PluginQueue queue, Action take, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (!_isTrial || IsTurnOf(queue))
                {
                    if (_isDoubtful)
                        queue.Doubt();
                    take();
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsTurnOf(PluginQueue queue)
    {
        _isTrial = _queues.Any(other => other.HasSuspects);
        if (!_isTrial)
            return true;
        if (_turn is null || !_queues.Contains(_turn) || !_turn.HasSuspects)
            _turn = _queues.First(other => other.HasSuspects);
        return _turn == queue && _queues.All(other => other == queue || other.OwesNothing);
    }

    private void Pulse()
    {
        TaskCompletionSource changed;
        lock (_gate)
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        changed.TrySetResult();
    }
}
