using System.Text.Json;

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

    public void ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> message)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("id"u8))
            {
                if (!reader.Read())
                    return;
                _idIsValid = reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null;
                _hasId = true;
                _id = _idIsValid ? RequestId.Read(EnvelopeReader.Raw(message, ref reader)) : default;
                if (!reader.TrySkip())
                    return;
            }
            else if (reader.Is("method"u8))
            {
                if (!reader.Read())
                    return;
                _method = reader.TokenType == JsonTokenType.String ? KnownText.Get(ref reader) : null;
                if (!reader.TrySkip())
                    return;
            }
            else if (reader.Is("params"u8))
            {
                if (!_members.ReadParams(ref reader, message))
                    return;
            }
            else if (reader.Is("result"u8))
            {
                _hasResult = true;
                if (!_members.ReadResult(ref reader))
                    return;
            }
            else if (reader.Is("error"u8))
            {
                _hasErrorMember = true;
                if (!_members.ReadError(ref reader, message))
                    return;
            }
            else
            {
                _hasVersion |= reader.Is("jsonrpc"u8);
                if (!reader.Read() || !reader.TrySkip())
                    return;
            }
        }
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
