namespace Kilometers.Transcripts.Replaying;

/// <summary>How fast a replay answers.</summary>
/// <param name="time">The clock.</param>
public sealed class ReplayPace(TimeProvider time)
{
    /// <summary>How many times as fast as it was recorded; null: without any delay.</summary>
    public double? Speed { get; init; } = 1;

    /// <summary>Waits until the user lets the next step come; null: nobody is asked.</summary>
    public Func<string, CancellationToken, Task>? Step { get; init; }

    /// <summary>Waits as long as the server took.</summary>
    /// <param name="recorded">How long it took.</param>
    /// <param name="title">What comes next.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task WaitAsync(TimeSpan recorded, string title, CancellationToken cancellationToken)
    {
        if (Step is not null)
            await Step(title, cancellationToken).ConfigureAwait(false);
        else if (Speed is { } speed && recorded > TimeSpan.Zero)
            await Task.Delay(recorded / speed, time, cancellationToken).ConfigureAwait(false);
    }
}
