namespace Kilometers.Monitoring.JsonRpc;

/// <summary>
/// Collects an envelope while the reader passes over it; members may come in any order and, as in most parsers, the last of a name counts.
/// What a member means decides, not that it is there: <c>"error": null</c> is what many hand-written servers put beside every result.
/// </summary>
internal struct EnvelopeState
{
    private RequestId _id;
    private bool _hasId;
    private bool _idIsValid;
    private string? _method;
    private bool _hasVersion;
    private bool _hasResult;
    private bool _hasErrorMember;
    private MemberState _members;

    public readonly bool HasId => _hasId;

    public readonly bool IsError => _members.IsError;

    public void AdoptId(in EnvelopeState other)
    {
        _id = other._id;
        _hasId = other._hasId;
        _idIsValid = other._idIsValid;
    }

    public void AdoptIsError(in EnvelopeState other) => _members.IsError = other._members.IsError;

    /// <summary>What the members amount to.</summary>
    /// <param name="message">The bytes they were read from.</param>
    /// <param name="isComplete">Whether they were all there; else a missing one proves nothing.</param>
    public readonly JsonRpcEnvelope ToEnvelope(ReadOnlySpan<byte> message, bool isComplete)
    {
        var kind = KindOf(isComplete);
        if (kind == JsonRpcKind.NotJsonRpc)
            return default;
        var isCall = kind is JsonRpcKind.Request or JsonRpcKind.Notification;
        var isToolError = kind == JsonRpcKind.Response && _members.IsError;
        return new JsonRpcEnvelope
        {
            Kind = kind,
            RequestId = _id,
            Method = _method,
            Name = isCall ? _members.Name ?? _members.Uri : null,
            ErrorCode =
                kind == JsonRpcKind.ErrorResponse ? _members.ErrorCode ?? "unknown"
                : isToolError ? "tool_error"
                : null,
            ErrorText =
                kind == JsonRpcKind.ErrorResponse ? Text(message, _members.ErrorTextAt)
                : isToolError ? Text(message, _members.ContentTextAt)
                : null,
            ProtocolVersion = _members.ProtocolVersion,
            CancelledId = _method == "notifications/cancelled" ? _members.RequestId : null,
            InputRequired = kind == JsonRpcKind.Response && _members.InputRequired,
            RequestState = _members.RequestState,
            InputKeys = _members.InputKeys,
        };
    }

    /// <summary>Reads the object that comes next, up to its end or to the first fault.</summary>
    public void ReadObject(ref JsonCursor cursor)
    {
        if (!cursor.TryEnter(JsonKind.Object))
            return;
        while (cursor.NextMember())
        {
            if (cursor.Is("id"u8))
                ReadId(ref cursor);
            else if (cursor.Is("method"u8))
                _method = cursor.ReadText();
            else if (cursor.Is("params"u8))
                _members.ReadParams(ref cursor);
            else if (cursor.Is("result"u8))
            {
                _hasResult = true;
                _members.ReadResult(ref cursor);
            }
            else if (cursor.Is("error"u8))
            {
                _hasErrorMember = true;
                _members.ReadError(ref cursor);
            }
            else
            {
                _hasVersion |= cursor.Is("jsonrpc"u8);
                cursor.Skip();
            }
        }
    }

    private void ReadId(ref JsonCursor cursor)
    {
        var kind = cursor.Kind;
        var raw = cursor.Skip();

        // An id that is cut off is unknown; what no id can be, it is from its first byte on.
        if (cursor.HasFailed && kind is not (JsonKind.Object or JsonKind.Array))
            return;
        _idIsValid = kind is JsonKind.String or JsonKind.Number or JsonKind.Null;
        _hasId = true;
        _id = _idIsValid ? RequestId.Read(raw) : default;
    }

    /// <summary>
    /// An answer has an id or names the protocol: what has neither is a line of a structured log (<c>{"level":"warn","error":"…"}</c>). One
    /// with an empty error and no result at all answers, and reports nothing that failed.
    /// </summary>
    private readonly JsonRpcKind KindOf(bool isComplete)
    {
        if (_hasId && !_idIsValid)
            return JsonRpcKind.NotJsonRpc;
        if (_method is not null)
            return !_hasId ? JsonRpcKind.Notification : JsonRpcKind.Request;
        if (!_hasId && !_hasVersion && isComplete)
            return JsonRpcKind.NotJsonRpc;
        if (_members.HasError)
            return JsonRpcKind.ErrorResponse;
        return _hasResult || (_hasErrorMember && _hasId) ? JsonRpcKind.Response : JsonRpcKind.NotJsonRpc;
    }

    private static string? Text(ReadOnlySpan<byte> message, int at) => at == 0 ? null : TextExcerpt.OfString(message, at);
}
