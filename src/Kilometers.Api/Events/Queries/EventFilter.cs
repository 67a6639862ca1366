using Kilometers.Api.Events.Model;

namespace Kilometers.Api.Events.Queries;

/// <summary>Which of a customer's events are asked for. What is null does not count.</summary>
internal sealed record EventFilter
{
    public required string CustomerId { get; init; }

    /// <summary>The first timestamp that counts.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>The first timestamp that counts no more.</summary>
    public DateTimeOffset? Before { get; init; }

    public string? Session { get; init; }

    public string? Method { get; init; }

    /// <summary>See <see cref="EventCodes"/>.</summary>
    public int? Direction { get; init; }
}

/// <summary>Which part of what the filter lets through is asked for.</summary>
/// <param name="Limit">How many events at most.</param>
/// <param name="OlderThan">The last id of the page before; null for the first page.</param>
/// <param name="WithPayload">Whether payloads are read.</param>
internal sealed record EventSlice(int Limit, Guid? OlderThan, bool WithPayload);
