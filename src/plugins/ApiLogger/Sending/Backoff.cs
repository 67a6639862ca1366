namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>
/// How long to wait after a failure: twice as long each time, from half a second to a minute, of that a random part between half and all,
/// so that the many who failed together do not come back together. Plain code: what is tried again is not one call but whatever is
/// unconfirmed by then, with the token of then.
/// </summary>
internal sealed class Backoff(Random random)
{
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(60);

    /// <summary>The most that a server can ask for.</summary>
    public static readonly TimeSpan MaxAsked = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);

    private int _failures;

    /// <param name="asked">What the server asked for; null if nothing.</param>
    public TimeSpan Next(TimeSpan? asked)
    {
        var whole = Math.Min(MaxDelay.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 30)));
        var delay = TimeSpan.FromSeconds(whole * (0.5 + (random.NextDouble() / 2)));
        return asked is not { } wish ? delay
            : wish > MaxAsked ? MaxAsked
            : wish > delay ? wish
            : delay;
    }

    public void Reset() => _failures = 0;
}
