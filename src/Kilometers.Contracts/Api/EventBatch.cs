namespace Kilometers.Contracts.Api;

/// <summary>
/// The body of <c>POST /api/events/batch</c>: messages that one plugin observed. Sent with <c>Content-Encoding: gzip</c>. Sending it again,
/// or some of its events in another batch, stores nothing twice.
/// </summary>
public sealed record EventBatch
{
    /// <summary>The events, at least one. Those of one session are in the order of their <see cref="EventItem.Sequence"/>.</summary>
    public required IReadOnlyList<EventItem> Events { get; init; }

    /// <summary>The batch's own id, for logs of both sides; another one each time that the same events are sent.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>The version of km, SemVer; empty if the plugin does not know it.</summary>
    public required string CliVersion { get; init; }

    /// <summary>When the batch was made, by the sender's clock, UTC.</summary>
    [System.Text.Json.Serialization.JsonConverter(typeof(MicrosecondTime))]
    public required DateTimeOffset BatchTimestamp { get; init; }
}
