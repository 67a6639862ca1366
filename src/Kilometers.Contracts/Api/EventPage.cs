using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Api;

/// <summary>The answer to <c>GET /api/events</c>. Members that a newer server adds are passed over.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record EventPage
{
    /// <summary>The customer's events, newest first by the time in their ids.</summary>
    public required IReadOnlyList<EventItem> Events { get; init; }

    /// <summary>Given as <c>cursor</c> with the same filters, it gets the next page. Null: there are no older ones.</summary>
    public string? Cursor { get; init; }
}
