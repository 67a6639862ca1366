using System.Text;
using System.Text.Json;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>What the outer members of a JSON-RPC message say, read in one pass without building a document.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Method">The method; empty without one.</param>
/// <param name="Id">The id as raw JSON text; empty without one.</param>
/// <param name="Name">A request's <c>params.name</c>, else <c>params.uri</c>.</param>
/// <param name="ErrorCode">The error's code as text; <c>tool_error</c> for a result with <c>isError</c>.</param>
internal readonly record struct Envelope(MessageKind Kind, string Method, string Id, string Name, string ErrorCode)
{
    private static readonly Envelope NotJsonRpc = new(MessageKind.NotJsonRpc, "", "", "", "");

    public static Envelope Read(ReadOnlySpan<byte> line)
    {
        try
        {
            // SDKs take a byte order mark off, and so does km of what it shows since it knows of them.
            if (line.StartsWith("\uFEFF"u8))
                line = line[3..];
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = int.MaxValue });
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadMembers(ref reader, line) : NotJsonRpc;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string with an invalid escape.
            return NotJsonRpc;
        }
    }

    private static Envelope ReadMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        string? method = null,
            id = null,
            name = null,
            errorCode = null;
        bool idIsValid = true,
            version = false,
            result = false,
            isError = false,
            errorMember = false,
            error = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("method"u8))
            {
                reader.Read();
                method = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                idIsValid = reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.Null;
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                id = Encoding.UTF8.GetString(line[start..(int)reader.BytesConsumed]);
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                name = ReadName(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                errorMember = true;
                error = ReadError(ref reader, out errorCode);
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                result = true;
                isError = ReadIsError(ref reader);
            }
            else
            {
                version |= reader.ValueTextEquals("jsonrpc"u8);
                reader.Skip();
            }
        }
        // A final read makes trailing garbage throw.
        reader.Read();
        var isAnswer = id is not null || version;
        var kind = (method, id, error) switch
        {
            _ when !idIsValid => MessageKind.NotJsonRpc,
            (not null, not null, _) => MessageKind.Request,
            (not null, null, _) => MessageKind.Notification,
            (null, _, true) when isAnswer => MessageKind.ErrorResponse,
            (null, _, _) when isAnswer && (result || (errorMember && id is not null)) => MessageKind.Response,
            _ => MessageKind.NotJsonRpc,
        };
        if (kind == MessageKind.NotJsonRpc)
            return NotJsonRpc;
        var code =
            kind == MessageKind.ErrorResponse ? errorCode ?? "unknown"
            : kind == MessageKind.Response && isError ? "tool_error"
            : "";
        return new(kind, method ?? "", id ?? "", name ?? "", code);
    }

    /// <summary>Whether an error follows: null, false and an empty text are what some servers put beside a result.</summary>
    private static bool ReadError(ref Utf8JsonReader reader, out string? code)
    {
        code = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var isError =
                reader.TokenType is not (JsonTokenType.Null or JsonTokenType.False)
                && !(reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
            reader.Skip();
            return isError;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            reader.Read();
            if (isCode)
                code = reader.TokenType == JsonTokenType.Number ? Scalar(ref reader) : null;
            reader.Skip();
        }

        return true;
    }

    private static bool ReadIsError(ref Utf8JsonReader reader)
    {
        var isError = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMember = reader.ValueTextEquals("isError"u8);
            reader.Read();
            if (isMember)
                isError = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }

        return isError;
    }

    /// <summary>The text of <c>name</c> in the object that follows, else of <c>uri</c>. The object is read to its end.</summary>
    private static string? ReadName(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }
        string? found = null,
            uri = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isName = reader.ValueTextEquals("name"u8);
            var isUri = reader.ValueTextEquals("uri"u8);
            reader.Read();
            if (isName)
                found = Scalar(ref reader);
            else if (isUri)
                uri = Scalar(ref reader);
            reader.Skip();
        }
        return found ?? uri;
    }

    private static string? Scalar(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
}
