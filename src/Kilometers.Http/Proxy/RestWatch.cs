using Kilometers.Processes;

namespace Kilometers.Http.Proxy;

/// <summary>Gives memory back once no request has come for a while: only the work before needed it.</summary>
/// <param name="time">The clock.</param>
internal sealed class RestWatch(TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private long _requests;

    /// <summary>A request came, or is over.</summary>
    public void Note() => Interlocked.Increment(ref _requests);

    /// <summary>Watches until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        var (last, released) = (0L, -1L);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                var now = Interlocked.Read(ref _requests);
                if (now == last && now != released)
                {
                    IdleMemory.Release();
                    released = now;
                }

                last = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy ends.
        }
    }
}
