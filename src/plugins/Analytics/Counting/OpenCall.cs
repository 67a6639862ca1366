using Kilometers.Analytics;

namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>A call that has no last answer yet.</summary>
internal sealed class OpenCall
{
    public required HourKey Key { get; init; }

    public required DateTimeOffset Start { get; init; }

    /// <summary>The position of its first request in the session; 0: not known.</summary>
    public long Sequence { get; init; }

    /// <summary>What recognises the same call; null: it is none that is looked at.</summary>
    public UInt128? Hash { get; init; }

    /// <summary>When the task that it became was first said to be over; null: it is not, or there is none.</summary>
    public DateTimeOffset? TaskEnded { get; set; }

    /// <summary>Whether it was continued with more input.</summary>
    public bool IsContinued { get; set; }

    /// <summary>Whether the caller no longer waits.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Whether it counts as an error already.</summary>
    public bool IsFailed { get; set; }
}
