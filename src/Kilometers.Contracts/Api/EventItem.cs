using System.Text.Json.Serialization;

namespace Kilometers.Contracts.Api;

/// <summary>One observed message, its secrets masked before it left the user's machine.</summary>
public sealed record EventItem
{
    /// <summary>
    /// A UUID of version 7 whose time is <see cref="Timestamp"/> and whose other bits follow from <see cref="SessionId"/> and
    /// <see cref="Sequence"/>: the same message has the same id, however often it is sent.
    /// </summary>
    public required Guid Id { get; init; }

    /// <summary>When km read the message, by the wall clock of the user's machine, UTC, in microseconds.</summary>
    [JsonConverter(typeof(MicrosecondTime))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>A value of <see cref="EventDirection"/>.</summary>
    public required string Direction { get; init; }

    /// <summary>A value of <see cref="EventKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The JSON-RPC method; of a response, its request's. Null without one.</summary>
    public string? Method { get; init; }

    /// <summary>The tool's or prompt's name, or the resource's URI; of a response, its request's. Null without one.</summary>
    public string? Name { get; init; }

    /// <summary>The JSON-RPC id as raw JSON text: <c>1</c> and <c>"1"</c> differ. Null without one.</summary>
    public string? RequestId { get; init; }

    /// <summary>The message's bytes with its secrets masked, in JSON as base64; not necessarily JSON themselves. Null if only metadata is collected.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>The size in bytes of the whole message as it was observed, whatever <see cref="Payload"/> holds.</summary>
    public required long Size { get; init; }

    /// <summary>One per request and its response, unique among all sessions. Null if not known.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The session: one run of <c>km monitor</c>.</summary>
    public required string SessionId { get; init; }

    /// <summary>What the user calls the server; empty if not known.</summary>
    public required string Server { get; init; }

    /// <summary>The position in the session, rising, with gaps. Not negative.</summary>
    public required long Sequence { get; init; }

    /// <summary>Whether <see cref="Payload"/> holds only a part of the message.</summary>
    public required bool Truncated { get; init; }

    /// <summary>Whether something in this event was masked.</summary>
    public required bool Redacted { get; init; }

    /// <summary>Of a response: true if its result is a tool's error (<c>isError</c>). Null otherwise.</summary>
    public bool? IsError { get; init; }
}

/// <summary>The values of <see cref="EventItem.Direction"/>.</summary>
public static class EventDirection
{
    /// <summary>From the client to the server.</summary>
    public const string Inbound = "inbound";

    /// <summary>From the server to the client.</summary>
    public const string Outbound = "outbound";
}

/// <summary>The values of <see cref="EventItem.Kind"/>.</summary>
public static class EventKind
{
    /// <summary>A method and an id.</summary>
    public const string Request = "request";

    /// <summary>An id and a result.</summary>
    public const string Response = "response";

    /// <summary>An id and an error.</summary>
    public const string ErrorResponse = "errorResponse";

    /// <summary>A method without an id.</summary>
    public const string Notification = "notification";

    /// <summary>Anything else that stood on a line of its own.</summary>
    public const string NotJsonRpc = "notJsonRpc";
}
