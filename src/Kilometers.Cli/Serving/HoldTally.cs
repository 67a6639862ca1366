namespace Kilometers.Cli.Serving;

/// <summary>What became of the requests that a session's relay held.</summary>
internal sealed class HoldTally
{
    private long _stopped;
    private long _unchecked;

    /// <summary>Lines that were stopped.</summary>
    public long Stopped => Interlocked.Read(ref _stopped);

    /// <summary>Lines that passed though nobody decided about them.</summary>
    public long Unchecked => Interlocked.Read(ref _unchecked);

    public void Add(long stopped, long isUnchecked)
    {
        Interlocked.Add(ref _stopped, stopped);
        Interlocked.Add(ref _unchecked, isUnchecked);
    }
}
