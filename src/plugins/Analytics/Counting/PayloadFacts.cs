using System.Text;
using System.Text.Json;
using Kilometers.Analytics;

namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>What only the payload says. Nothing of it is kept.</summary>
internal static class PayloadFacts
{
    /// <summary>Of a request: its arguments as JSON, empty where it has none, and its token for progress as raw JSON, null where it has none.</summary>
    public static bool TryReadRequest(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> arguments, out string? progressToken)
    {
        arguments = default;
        progressToken = null;
        var reader = new Utf8JsonReader(payload);
        try
        {
            if (!Enter(ref reader, "params"u8))
                return true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("arguments"u8))
                {
                    reader.Read();
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    arguments = payload[start..(int)reader.BytesConsumed];
                }
                else if (reader.ValueTextEquals("_meta"u8))
                {
                    reader.Read();
                    progressToken = TokenOf(ref reader);
                }
                else
                    Pass(ref reader);
            }

            return true;
        }
        catch (JsonException)
        {
            // Cut off, or not JSON.
            return false;
        }
    }

    /// <summary>Of a notification: a member of its parameters as raw JSON, and the text of another.</summary>
    /// <returns>Null where there is none.</returns>
    public static (string? Id, string Text) ReadNotification(ReadOnlySpan<byte> payload, string id, string text)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            string? found = null;
            var said = "";
            if (!Enter(ref reader, "params"u8))
                return (null, "");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals(id))
                {
                    reader.Read();
                    found = Raw(ref reader);
                }
                else if (reader.ValueTextEquals(text))
                {
                    reader.Read();
                    said = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
                    reader.Skip();
                }
                else
                    Pass(ref reader);
            }

            return (found, said);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, "");
        }
    }

    /// <summary>Whether a result asks for more input.</summary>
    public static bool WantsInput(ReadOnlySpan<byte> payload)
    {
        if (payload.IndexOf("\"input_required\""u8) < 0)
            return false;
        try
        {
            var reader = new Utf8JsonReader(payload);
            if (!Enter(ref reader, "result"u8))
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("resultType"u8);
                reader.Read();
                if (isType)
                    return reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("input_required"u8);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Cut off: then it is an answer like others.
        }

        return false;
    }

    /// <summary>Of a result or of parameters: the task that it is about, and its status. Empty: none.</summary>
    /// <param name="payload">The message.</param>
    /// <param name="member"><c>result</c> or <c>params</c>.</param>
    public static (string Task, string Status) TaskOf(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> member)
    {
        if (payload.IndexOf("\"taskId\""u8) < 0)
            return ("", "");
        try
        {
            var reader = new Utf8JsonReader(payload);
            return Enter(ref reader, member) ? TaskIn(ref reader) : ("", "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ("", "");
        }
    }

    /// <summary>The tools of a listing.</summary>
    public static IEnumerable<OfferedTool> ToolsOf(ReadOnlyMemory<byte> payload)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(payload);
        }
        catch (JsonException)
        {
            yield break;
        }

        using (document)
        {
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("result", out var result)
                || result.ValueKind != JsonValueKind.Object
                || !result.TryGetProperty("tools", out var tools)
                || tools.ValueKind != JsonValueKind.Array
            )
                yield break;
            foreach (var tool in tools.EnumerateArray())
                if (
                    tool.ValueKind == JsonValueKind.Object
                    && tool.TryGetProperty("name", out var name)
                    && name.ValueKind == JsonValueKind.String
                )
                    yield return new OfferedTool(name.GetString()!, Encoding.UTF8.GetByteCount(tool.GetRawText()));
        }
    }

    private static (string Task, string Status) TaskIn(ref Utf8JsonReader reader)
    {
        var (task, status) = ("", "");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isTask, isId, isStatus) = (
                reader.ValueTextEquals("task"u8),
                reader.ValueTextEquals("taskId"u8),
                reader.ValueTextEquals("status"u8)
            );
            reader.Read();
            if (isTask && reader.TokenType == JsonTokenType.StartObject)
                return TaskIn(ref reader);
            if (reader.TokenType == JsonTokenType.String && (isId || isStatus))
                (task, status) = isId ? (reader.GetString()!, status) : (task, reader.GetString()!);
            reader.Skip();
        }

        return (task, status);
    }

    /// <summary>Goes into an object that is a member of the message.</summary>
    private static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> member)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(member);
            reader.Read();
            if (isIt)
                return reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
        }

        return false;
    }

    private static string? TokenOf(ref Utf8JsonReader reader)
    {
        string? token = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("progressToken"u8))
            {
                reader.Read();
                token = Raw(ref reader);
            }
            else
                Pass(ref reader);
        }

        return token;
    }

    /// <summary>A string or a number as it is written; null for anything else.</summary>
    private static string? Raw(ref Utf8JsonReader reader)
    {
        var text = reader.TokenType switch
        {
            JsonTokenType.String => $"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\"",
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
        reader.Skip();
        return text;
    }

    private static void Pass(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}
