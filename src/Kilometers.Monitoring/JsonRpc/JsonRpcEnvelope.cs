namespace Kilometers.Monitoring.JsonRpc;

/// <summary>What a line on the wire is.</summary>
public enum JsonRpcKind
{
    /// <summary>Not JSON, or JSON that is not a JSON-RPC message.</summary>
    NotJsonRpc = 0,

    /// <summary>A method and an id.</summary>
    Request = 1,

    /// <summary>A result.</summary>
    Response = 2,

    /// <summary>An error.</summary>
    ErrorResponse = 3,

    /// <summary>A method without an id.</summary>
    Notification = 4,
}

/// <summary>
/// What one pass over a message's envelope tells; nothing below the members named here is decoded. The zero value is a message that
/// is not JSON-RPC.
/// </summary>
public readonly record struct JsonRpcEnvelope
{
    /// <summary>What the message is.</summary>
    public JsonRpcKind Kind { get; init; }

    /// <summary>The id as raw JSON text (<c>1</c> and <c>"1"</c> differ; a huge integer keeps its digits); null without one.</summary>
    public string? Id
    {
        get => RequestId.Text;
        init => RequestId = RequestId.Of(value);
    }

    /// <summary>The method of a request or notification.</summary>
    public string? Method { get; init; }

    /// <summary><c>params.name</c>, else <c>params.uri</c>, where it is a string: the tool, prompt or resource.</summary>
    public string? Name { get; init; }

    /// <summary>Of an error: its code as text. Of a result with <c>isError</c>: <c>tool_error</c>. Else null.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Of either: the beginning of its text, <c>error.message</c> or the first text of the result's content. Null without one.</summary>
    public string? ErrorText { get; init; }

    /// <summary>The protocol version that an <c>initialize</c> result, or a modern request's <c>_meta</c>, names.</summary>
    public string? ProtocolVersion { get; init; }

    /// <summary>Of <c>notifications/cancelled</c>: the raw id of the cancelled request.</summary>
    public string? CancelledId { get; init; }

    /// <summary>Whether a result's <c>resultType</c> is <c>input_required</c> (2026-07-28): its call goes on under another id.</summary>
    public bool InputRequired { get; init; }

    /// <summary>A digest of <c>requestState</c> in a result or in params: comparable, never readable.</summary>
    public string? RequestState { get; init; }

    /// <summary>The sorted keys of <c>result.inputRequests</c> or <c>params.inputResponses</c>.</summary>
    public string? InputKeys { get; init; }

    /// <summary>Why the bytes are not JSON, for a line that looked like JSON; else null.</summary>
    public string? ParseError { get; init; }

    /// <summary>The id, before anybody wants its text.</summary>
    internal RequestId RequestId { get; init; }
}
