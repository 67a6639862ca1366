using Kilometers.Analytics;

namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>A call that has no last answer yet.</summary>
internal sealed class OpenCall
{
    public required HourKey Key { get; init; }

    public required DateTimeOffset Start { get; init; }

    /// <summary>What recognises the same call; null: it is none that is looked at.</summary>
    public UInt128? Hash { get; init; }

    /// <summary>Whether it was continued with more input.</summary>
    public bool IsContinued { get; set; }

    /// <summary>Whether the caller no longer waits.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Whether it counts as an error already.</summary>
    public bool IsFailed { get; set; }
}
