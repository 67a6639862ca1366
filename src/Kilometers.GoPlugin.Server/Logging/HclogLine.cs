using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server.Logging;

/// <summary>
/// One log entry as go-hclog writes it. A Go host parses <c>@timestamp</c> with a layout of exactly six fraction digits and asserts that
/// <c>@level</c>, <c>@message</c> and <c>@timestamp</c> are strings: with anything else it takes the line for plain text, or panics.
/// </summary>
internal static class HclogLine
{
    /// <summary>Go hosts read lines in pieces of 64 KiB; a longer line would arrive as text without its level.</summary>
    private const int MaxText = 8 * 1024;
    private const int MaxFields = 64;
    private const int MaxField = 512;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        SkipValidation = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(
        IBufferWriter<byte> output,
        LogLevel level,
        string category,
        string message,
        Exception? exception,
        IReadOnlyList<KeyValuePair<string, object?>>? fields,
        DateTimeOffset time
    )
    {
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("@level", Name(level));
            json.WriteString("@message", Shorten(message, MaxText));
            json.WriteString("@module", Shorten(category, MaxField));
            json.WriteString("@timestamp", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture));
            WriteFields(json, fields);
            if (exception is not null)
                json.WriteString("exception", Shorten(exception.ToString(), MaxText));
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? fields)
    {
        if (fields is null)
            return;
        for (var index = 0; index < Math.Min(fields.Count, MaxFields); index++)
        {
            // A leading @ asks a .NET logger to destructure and would collide with hclog's own fields.
            var name = fields[index].Key.TrimStart('@');
            if (name.Length == 0 || name is "{OriginalFormat}" or "exception")
                continue;
            json.WriteString(
                Shorten(name, MaxField),
                Shorten(Convert.ToString(fields[index].Value, CultureInfo.InvariantCulture) ?? "", MaxField)
            );
        }
    }

    private static ReadOnlySpan<char> Shorten(string text, int longest)
    {
        if (text.Length <= longest)
            return text;
        return text.AsSpan(0, char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest);
    }

    private static string Name(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            _ => "error",
        };
}
