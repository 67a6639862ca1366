using Kilometers.Contracts.Api;

namespace Kilometers.Plugins.ApiLogger.Sending;

internal enum SendStatus
{
    /// <summary>Nothing is known to be stored; try again.</summary>
    Failed,

    /// <summary>Each event is stored, or will never be.</summary>
    Taken,

    /// <summary>The batch as a whole is bad.</summary>
    Refused,

    /// <summary>The token is not, or no longer, good for this.</summary>
    Unauthorized,
}

/// <summary>What became of a batch.</summary>
/// <param name="Status">The zero value is failure.</param>
/// <param name="Reason">Why not, one line, for people.</param>
/// <param name="RetryAfter">How long the server wants to be left alone.</param>
/// <param name="Rejected">Of a taken batch, the events that will never be stored.</param>
internal sealed record SendResult(
    SendStatus Status,
    string Reason = "",
    TimeSpan? RetryAfter = null,
    IReadOnlyList<EventResult>? Rejected = null
);
