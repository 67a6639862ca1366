using System.Text;
using System.Text.Json;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>The few members below <c>params</c>, <c>result</c> and <c>error</c> that say what a message is about. Each reader method returns false at the end of truncated input.</summary>
internal struct MemberState
{
    public string? Name;
    public string? Uri;
    public string? RequestId;
    public string? RequestState;
    public string? InputKeys;
    public string? ProtocolVersion;
    public string? ErrorCode;
    public bool IsError;

    /// <summary>Whether the last <c>error</c> means one: null, false and an empty text do not.</summary>
    public bool HasError;

    /// <summary>Where the text of the error begins in the message; 0 if there is none.</summary>
    public int ErrorTextAt;

    /// <summary>Where the first text of a result's <c>content</c> stands, which is what a tool's error says; 0 if there is none.</summary>
    public int ContentTextAt;
    public bool InputRequired;

    public bool ReadParams(ref Utf8JsonReader reader, ReadOnlySpan<byte> message)
    {
        Name = Uri = RequestId = RequestState = InputKeys = null;
        if (!reader.Read())
            return false;
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TrySkip();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            if (reader.Is("name"u8))
            {
                if (!ReadText(ref reader, ref Name))
                    return false;
            }
            else if (reader.Is("uri"u8))
            {
                if (!ReadText(ref reader, ref Uri))
                    return false;
            }
            else if (reader.Is("requestId"u8))
            {
                if (!reader.Read())
                    return false;
                RequestId = reader.TokenType is JsonTokenType.String or JsonTokenType.Number
                    ? Encoding.UTF8.GetString(EnvelopeReader.Raw(message, ref reader))
                    : null;
                if (!reader.TrySkip())
                    return false;
            }
            else if (reader.Is("requestState"u8))
            {
                if (!ReadDigest(ref reader))
                    return false;
            }
            else if (reader.Is("inputResponses"u8))
            {
                if (!ReadKeys(ref reader))
                    return false;
            }
            else if (reader.Is("_meta"u8))
            {
                if (!ReadMeta(ref reader))
                    return false;
            }
            else if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }
        }

        return false;
    }

    public bool ReadResult(ref Utf8JsonReader reader)
    {
        IsError = InputRequired = false;
        RequestState = InputKeys = null;
        ContentTextAt = 0;
        if (!reader.Read())
            return false;
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TrySkip();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            if (reader.Is("isError"u8))
            {
                if (!reader.Read())
                    return false;
                IsError = reader.TokenType == JsonTokenType.True;
                if (!reader.TrySkip())
                    return false;
            }
            else if (reader.Is("content"u8))
            {
                if (!ReadContent(ref reader))
                    return false;
            }
            else if (reader.Is("resultType"u8))
            {
                if (!reader.Read())
                    return false;
                InputRequired = reader.TokenType == JsonTokenType.String && reader.Is("input_required"u8);
                if (!reader.TrySkip())
                    return false;
            }
            else if (reader.Is("requestState"u8))
            {
                if (!ReadDigest(ref reader))
                    return false;
            }
            else if (reader.Is("inputRequests"u8))
            {
                if (!ReadKeys(ref reader))
                    return false;
            }
            else if (reader.Is("protocolVersion"u8))
            {
                if (!ReadText(ref reader, ref ProtocolVersion))
                    return false;
            }
            else if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }
        }

        return false;
    }

    public bool ReadError(ref Utf8JsonReader reader, ReadOnlySpan<byte> message)
    {
        ErrorCode = null;
        HasError = false;
        ErrorTextAt = 0;
        var at = (int)reader.BytesConsumed;
        if (!reader.Read())
            return false;
        HasError =
            reader.TokenType is not (JsonTokenType.Null or JsonTokenType.False)
            && !(reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
        if (reader.TokenType == JsonTokenType.String)
            ErrorTextAt = at;
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TrySkip();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            var isCode = reader.Is("code"u8);
            if (reader.Is("message"u8))
                ErrorTextAt = (int)reader.BytesConsumed;
            if (!reader.Read())
                return false;
            if (isCode)
                ErrorCode =
                    reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(EnvelopeReader.Raw(message, ref reader)) : null;
            if (!reader.TrySkip())
                return false;
        }

        return false;
    }

    private bool ReadContent(ref Utf8JsonReader reader)
    {
        ContentTextAt = 0;
        if (!reader.Read())
            return false;
        if (reader.TokenType != JsonTokenType.StartArray)
            return reader.TrySkip();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray)
                return true;
            if (reader.TokenType != JsonTokenType.StartObject || ContentTextAt > 0)
            {
                if (!reader.TrySkip())
                    return false;
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (reader.Is("text"u8))
                    ContentTextAt = (int)reader.BytesConsumed;
                if (!reader.Read() || !reader.TrySkip())
                    return false;
            }

            if (reader.TokenType != JsonTokenType.EndObject)
                return false;
        }

        return false;
    }

    private bool ReadMeta(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TrySkip();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            if (reader.Is("io.modelcontextprotocol/protocolVersion"u8))
            {
                if (!ReadText(ref reader, ref ProtocolVersion))
                    return false;
            }
            else if (!reader.Read() || !reader.TrySkip())
            {
                return false;
            }
        }

        return false;
    }

    private bool ReadDigest(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        RequestState =
            reader.TokenType == JsonTokenType.String && KnownText.TryDecode(ref reader, out var text)
                ? EnvelopeReader.Digest(Encoding.UTF8.GetBytes(text))
                : null;
        return reader.TrySkip();
    }

    private bool ReadKeys(ref Utf8JsonReader reader)
    {
        InputKeys = null;
        if (!reader.Read())
            return false;
        if (reader.TokenType != JsonTokenType.StartObject)
            return reader.TrySkip();
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                InputKeys = string.Join('\n', keys);
                return true;
            }

            if (KnownText.TryDecode(ref reader, out var key))
                keys.Add(key);
            if (!reader.Read() || !reader.TrySkip())
                return false;
        }

        return false;
    }

    private static bool ReadText(ref Utf8JsonReader reader, ref string? target)
    {
        if (!reader.Read())
            return false;
        target = reader.TokenType == JsonTokenType.String ? KnownText.Get(ref reader) : null;
        return reader.TrySkip();
    }
}
