namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>A copy of one message between client and server, and what km knows of it. What the host did not say is empty, null or zero.</summary>
public sealed class ObservedMessage
{
    /// <summary>Which way it went.</summary>
    public MessageDirection Direction { get; init; }

    /// <summary>What it is.</summary>
    public MessageKind Kind { get; init; }

    /// <summary>
    /// The exact bytes of the line, without its end and a byte order mark; not necessarily JSON. Empty when <see cref="PayloadOmitted"/>. Valid as long as
    /// one holds it; not to be written to.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The method; of a response, its request's where known. Taken from the message as it came: may contain anything.</summary>
    public string Method { get; init; } = "";

    /// <summary>The id as raw JSON text: <c>1</c> and <c>"1"</c> differ.</summary>
    public string Id { get; init; } = "";

    /// <summary>The tool's or prompt's name, or the resource's URI; of a response, its request's.</summary>
    public string Name { get; init; } = "";

    /// <summary>One per request and its response, unique among all sessions.</summary>
    public string CorrelationId { get; init; } = "";

    /// <summary>The position in the session, rising; the same number again means the same message, delivered again after a crash. 0 under contract version 1.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Of a response: the <see cref="Sequence"/> of its request; 0 if not known.</summary>
    public ulong RequestSequence { get; init; }

    /// <summary>When km read it, by the wall clock, in UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>When km read it, since the session started, by a clock that never jumps.</summary>
    public TimeSpan SinceSessionStart { get; init; }

    /// <summary>The size in bytes of the whole message, whatever <see cref="Payload"/> holds.</summary>
    public long Size { get; init; }

    /// <summary>
    /// Whether <see cref="Payload"/> is only the beginning: the message exceeded km's buffer, or km could not keep all of it, which a
    /// <see cref="StreamEventType.DeliveryDropped"/> says next.
    /// </summary>
    public bool IsTruncated { get; init; }

    /// <summary>Whether the payload was left out: the plugin asked for metadata only, or it is too large for the plugin.</summary>
    public bool PayloadOmitted { get; init; }

    /// <summary>Of a response: the time since its request; null if not known.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Of an error response: the error's code as text; <c>tool_error</c> for a tool result with <c>isError</c>; else empty.</summary>
    public string ErrorCode { get; init; } = "";

    /// <summary>
    /// Of an error: the beginning of its message, or of the first text of a tool's result. Comes with <see cref="Interest.MetadataOnly"/>, too.
    /// Taken from the message as it came: may contain anything, secrets included.
    /// </summary>
    public string ErrorText { get; init; } = "";

    /// <summary>
    /// Of a response: whether it could belong to more than one request, because its id is null or several requests carry it. Then
    /// <see cref="Method"/>, <see cref="Name"/> and <see cref="Latency"/> are not known, and <see cref="CorrelationId"/> is its own.
    /// </summary>
    public bool IsAmbiguous { get; init; }

    /// <summary>The correlation id of the call that this request continues with more input; else empty.</summary>
    public string RetryOf { get; init; } = "";

    /// <summary>
    /// Of a request: km stopped it, as the administrator's policy says, and the server never saw it. Of an answer: km gave it in the server's
    /// place; <see cref="ErrorText"/> says who stopped the request and why.
    /// </summary>
    public bool IsStopped { get; init; }
}
