using System.Text;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>The few members below <c>params</c>, <c>result</c> and <c>error</c> that say what a message is about.</summary>
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

    public void ReadParams(ref JsonCursor cursor)
    {
        Name = Uri = RequestId = RequestState = InputKeys = null;
        if (!cursor.TryEnter(JsonKind.Object))
            return;
        while (cursor.NextMember())
        {
            if (cursor.Is("name"u8))
                Name = cursor.ReadText();
            else if (cursor.Is("uri"u8))
                Uri = cursor.ReadText();
            else if (cursor.Is("requestId"u8))
                RequestId = ReadRaw(ref cursor, cursor.Kind is JsonKind.String or JsonKind.Number);
            else if (cursor.Is("requestState"u8))
                RequestState = ReadDigest(ref cursor);
            else if (cursor.Is("inputResponses"u8))
                InputKeys = ReadKeys(ref cursor);
            else if (cursor.Is("_meta"u8))
                ReadMeta(ref cursor);
            else
                cursor.Skip();
        }
    }

    public void ReadResult(ref JsonCursor cursor)
    {
        IsError = InputRequired = false;
        RequestState = InputKeys = null;
        ContentTextAt = 0;
        if (!cursor.TryEnter(JsonKind.Object))
            return;
        while (cursor.NextMember())
        {
            if (cursor.Is("isError"u8))
                IsError = cursor.Skip() is [(byte)'t', ..];
            else if (cursor.Is("content"u8))
                ReadContent(ref cursor);
            else if (cursor.Is("resultType"u8))
                InputRequired = cursor.ReadText() == "input_required";
            else if (cursor.Is("requestState"u8))
                RequestState = ReadDigest(ref cursor);
            else if (cursor.Is("inputRequests"u8))
                InputKeys = ReadKeys(ref cursor);
            else if (cursor.Is("protocolVersion"u8))
                ProtocolVersion = cursor.ReadText();
            else
                cursor.Skip();
        }
    }

    public void ReadError(ref JsonCursor cursor)
    {
        ErrorCode = null;
        HasError = false;
        ErrorTextAt = 0;
        var kind = cursor.Kind;
        var at = cursor.Position;
        if (kind != JsonKind.Object)
        {
            var value = cursor.Skip();
            HasError =
                kind == JsonKind.Array
                || (!cursor.HasFailed && kind is not (JsonKind.Null or JsonKind.False) && value is not [(byte)'"', (byte)'"']);
            ErrorTextAt = kind == JsonKind.String && !cursor.HasFailed ? at : 0;
            return;
        }

        HasError = cursor.TryEnter(JsonKind.Object);
        while (cursor.NextMember())
        {
            if (cursor.Is("message"u8))
                ErrorTextAt = cursor.Position;
            if (cursor.Is("code"u8))
                ErrorCode = ReadRaw(ref cursor, cursor.Kind == JsonKind.Number);
            else
                cursor.Skip();
        }
    }

    private void ReadContent(ref JsonCursor cursor)
    {
        ContentTextAt = 0;
        if (!cursor.TryEnter(JsonKind.Array))
            return;
        while (cursor.NextElement())
        {
            if (ContentTextAt > 0)
                cursor.Skip();
            else if (cursor.TryEnter(JsonKind.Object))
                ReadText(ref cursor);
        }
    }

    private void ReadText(ref JsonCursor cursor)
    {
        while (cursor.NextMember())
        {
            if (cursor.Is("text"u8))
                ContentTextAt = cursor.Position;
            cursor.Skip();
        }
    }

    private void ReadMeta(ref JsonCursor cursor)
    {
        if (!cursor.TryEnter(JsonKind.Object))
            return;
        while (cursor.NextMember())
        {
            if (cursor.Is("io.modelcontextprotocol/protocolVersion"u8))
                ProtocolVersion = cursor.ReadText();
            else
                cursor.Skip();
        }
    }

    private static string? ReadDigest(ref JsonCursor cursor) =>
        cursor.TryReadText(out var text) ? EnvelopeReader.Digest(Encoding.UTF8.GetBytes(text)) : null;

    private static string? ReadKeys(ref JsonCursor cursor)
    {
        if (!cursor.TryEnter(JsonKind.Object))
            return null;
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        while (cursor.NextMember())
        {
            if (cursor.TryGetName(out var key))
                keys.Add(key);
            cursor.Skip();
        }

        return cursor.HasFailed ? null : string.Join('\n', keys);
    }

    /// <summary>Passes what comes next.</summary>
    /// <returns>It as it is written, if it is wanted and whole; else null.</returns>
    private static string? ReadRaw(ref JsonCursor cursor, bool isWanted)
    {
        var raw = cursor.Skip();
        return isWanted && !raw.IsEmpty ? Encoding.UTF8.GetString(raw) : null;
    }
}
