namespace Kilometers.PluginHost.Dispatch;

/// <summary>The one who waits for something in a queue; its condition is looked at whenever the queue changes.</summary>
/// <param name="gate">The queue's lock, which guards the condition.</param>
internal sealed class QueueWaiter(Lock gate)
{
    private Func<bool>? _condition;
    private TaskCompletionSource? _waiting;

    /// <summary>Waits until a condition holds, which is looked at within the lock.</summary>
    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource waiting;
            lock (gate)
            {
                _condition = condition;
                if (condition())
                    return;
                waiting = _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            await waiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Within the lock, after a change.</summary>
    /// <returns>What to complete, best outside of the lock; null if nobody waits, or still has to.</returns>
    public TaskCompletionSource? Take()
    {
        if (_waiting is null || _condition is null || !_condition())
            return null;
        var waiting = _waiting;
        _waiting = null;
        return waiting;
    }
}
