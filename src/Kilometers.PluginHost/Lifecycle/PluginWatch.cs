using Kilometers.Contracts;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Launch;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>
/// Notices a plugin that is frozen or stuck. Who owes acknowledgements and gives none is asked for its health: silence there, twice in a
/// row, is a frozen process; an answer is a slow one, which has until the acknowledgement limit. Twice, because what was late for the first
/// check may have been this process, after the machine slept or starved.
/// </summary>
/// <param name="label">The plugin's name.</param>
/// <param name="queue">What it is to acknowledge.</param>
/// <param name="answersHealth">Asks; throws <see cref="OperationCanceledException"/> if no answer came. Any answer is a sign of life.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class PluginWatch(
    string label,
    PluginQueue queue,
    Func<CancellationToken, Task> answersHealth,
    PluginHostingOptions options,
    TimeProvider time
)
{
    private const int MaxUnanswered = 2;
    private long _delivered = -1;
    private long _progress;
    private int _unanswered;

    /// <summary>Watches until something is wrong.</summary>
    /// <returns>What.</returns>
    /// <exception cref="OperationCanceledException">The watch was ended.</exception>
    public async Task<KmError> WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Asked once without an answer, it is asked again at once: it has had its time.
            if (_unanswered == 0)
            {
                // Where nothing is owed, nobody looks at the clock: an idle session costs nothing.
                await queue.WaitUntilOwingAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(options.HealthInterval, time, cancellationToken).ConfigureAwait(false);
            }

            if (IsGettingOn())
                continue;
            var silence = time.GetElapsedTime(_progress);
            if (silence >= options.AcknowledgeTimeout)
                return LaunchErrors.TooSlow(label, silence);
            _unanswered = await AnswersAsync(cancellationToken).ConfigureAwait(false) ? 0 : _unanswered + 1;
            if (_unanswered >= MaxUnanswered && !IsGettingOn())
                return LaunchErrors.Frozen(label, time.GetElapsedTime(_progress));
        }
    }

    private bool IsGettingOn()
    {
        var delivered = queue.Delivered;
        if (!queue.OwesNothing && delivered == _delivered)
            return false;

        // Having had nothing to acknowledge is not a silence: an item that came just now gets the whole time.
        _delivered = queue.OwesNothing ? -1 : delivered;
        _progress = time.GetTimestamp();
        _unanswered = 0;
        return true;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.HealthTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await answersHealth(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
