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
    private const int DeepestNesting = 1000;

    private static readonly Envelope NotJsonRpc = new(MessageKind.NotJsonRpc, "", "", "", "");

    public static Envelope Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DeepestNesting });
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
        string? method = null, id = null, name = null, errorCode = null;
        bool result = false, error = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("method"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) method = reader.GetString();
                reader.Skip();
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                id = Encoding.UTF8.GetString(line[start..(int)reader.BytesConsumed]);
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                name = ReadMember(ref reader, "name"u8);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                error = true;
                errorCode = ReadMember(ref reader, "code"u8);
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                result = true;
                if (ReadMember(ref reader, "isError"u8) == "true") errorCode = "tool_error";
            }
            else
            {
                reader.Skip();
            }
        }
        // A final read makes trailing garbage throw.
        reader.Read();
        var kind = (method, id, result, error) switch
        {
            (not null, not null, _, _) => MessageKind.Request,
            (not null, null, _, _) => MessageKind.Notification,
            (null, not null, _, true) => MessageKind.ErrorResponse,
            (null, not null, true, _) => MessageKind.Response,
            _ => MessageKind.NotJsonRpc,
        };
        return new(kind, method ?? "", id ?? "", name ?? "", errorCode ?? "");
    }

    /// <summary>The text of a scalar member of the object that follows; of <c>name</c>, else of <c>uri</c>. The object is read to its end.</summary>
    private static string? ReadMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }
        string? found = null, uri = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals(member);
            var isUri = reader.ValueTextEquals("uri"u8);
            reader.Read();
            if (wanted) found ??= Scalar(ref reader);
            else if (isUri) uri ??= Scalar(ref reader);
            reader.Skip();
        }
        return found ?? (member.SequenceEqual("name"u8) ? uri : null);
    }

    private static string? Scalar(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => null,
    };
}
