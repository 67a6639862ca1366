using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Api;

/// <summary>
/// The body of a 202 answer to an <see cref="EventBatch"/>. What it calls stored is durable. Members that a newer server adds are passed over.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record EventBatchResult
{
    /// <summary>How many events were stored now.</summary>
    public required int Accepted { get; init; }

    /// <summary>How many had been stored before.</summary>
    public required int Duplicates { get; init; }

    /// <summary>How many will never be stored as they are.</summary>
    public required int Rejected { get; init; }

    /// <summary>One result per event of the batch, in its order.</summary>
    public required IReadOnlyList<EventResult> Results { get; init; }
}

/// <summary>What became of one event.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record EventResult
{
    /// <summary>The event's <see cref="EventItem.Id"/>.</summary>
    public required Guid Id { get; init; }

    /// <summary>A value of <see cref="EventStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Of a rejected event: a stable code. Null otherwise.</summary>
    public string? Code { get; init; }

    /// <summary>Of a rejected event: one sentence. Null otherwise.</summary>
    public string? Detail { get; init; }
}

/// <summary>The values of <see cref="EventResult.Status"/>.</summary>
public static class EventStatus
{
    /// <summary>Stored now, durably.</summary>
    public const string Stored = "stored";

    /// <summary>Stored before.</summary>
    public const string Duplicate = "duplicate";

    /// <summary>Not stored, and sending it again will not help.</summary>
    public const string Rejected = "rejected";
}
