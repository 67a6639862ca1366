using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Collects an envelope while the reader passes over it; members may come in any order and, as in most parsers, the last of a name counts.</summary>
internal struct EnvelopeState
{
    private string? _id;
    private bool _idIsValid;
    private string? _method;
    private bool _hasResult;
    private bool _hasError;
    private MemberState _members;

    public readonly bool HasId => _id is not null;

    public void AdoptId(in EnvelopeState other)
    {
        _id = other._id;
        _idIsValid = other._idIsValid;
    }

    public readonly JsonRpcEnvelope ToEnvelope()
    {
        var kind = MessageKind.NotJsonRpc;
        if (_id is null || _idIsValid)
        {
            kind = _method is not null ? (_id is null ? MessageKind.Notification : MessageKind.Request)
                : _hasError ? MessageKind.ErrorResponse
                : _hasResult ? MessageKind.Response
                : MessageKind.NotJsonRpc;
        }

        if (kind == MessageKind.NotJsonRpc) return default;
        var isCall = kind is MessageKind.Request or MessageKind.Notification;
        return new JsonRpcEnvelope
        {
            Kind = kind,
            Id = _id,
            Method = _method,
            Name = isCall ? _members.Name ?? _members.Uri : null,
            ErrorCode = kind == MessageKind.ErrorResponse ? _members.ErrorCode ?? "unknown" : kind == MessageKind.Response && _members.IsError ? "tool_error" : null,
            ProtocolVersion = _members.ProtocolVersion,
            CancelledId = _method == "notifications/cancelled" ? _members.RequestId : null,
            InputRequired = kind == MessageKind.Response && _members.InputRequired,
            RequestState = _members.RequestState,
            InputKeys = _members.InputKeys,
        };
    }

    public void ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> message)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                if (!reader.Read()) return;
                _idIsValid = reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null;
                _id = _idIsValid ? EnvelopeReader.RawText(message, ref reader) : "";
                if (!reader.TrySkip()) return;
            }
            else if (reader.ValueTextEquals("method"u8))
            {
                if (!reader.Read()) return;
                _method = reader.TokenType == JsonTokenType.String ? KnownText.Get(ref reader) : null;
                if (!reader.TrySkip()) return;
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                if (!_members.ReadParams(ref reader, message)) return;
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                _hasResult = true;
                if (!_members.ReadResult(ref reader)) return;
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                _hasError = true;
                if (!_members.ReadError(ref reader, message)) return;
            }
            else if (!reader.Read() || !reader.TrySkip())
            {
                return;
            }
        }
    }
}
