using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Exporting;

/// <summary>
/// km's own format. A payload that is JSON on one line is embedded byte for byte, so that a replay of the export answers as one of the
/// recording does; anything else is a text, or base64 where it is not UTF-8.
/// </summary>
internal static class JsonExport
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Transcript transcript, Stream output)
    {
        using (var writer = new Utf8JsonWriter(output, Plain))
        {
            writer.WriteStartObject();
            WriteHead(writer, transcript.Session);
            writer.WriteStartArray("items");
            foreach (var item in transcript.Items)
            {
                WriteItem(writer, item);
                writer.Flush();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    public static void WriteLines(Transcript transcript, Stream output)
    {
        using var writer = new Utf8JsonWriter(output, Plain);
        writer.WriteStartObject();
        WriteHead(writer, transcript.Session);
        writer.WriteEndObject();
        foreach (var item in transcript.Items)
        {
            EndLine();
            WriteItem(writer, item);
        }

        EndLine();

        void EndLine()
        {
            writer.Flush();
            output.WriteByte((byte)'\n');
            writer.Reset();
        }
    }

    private static void WriteHead(Utf8JsonWriter writer, RecordedSession session)
    {
        writer.WriteString("format", TranscriptFormat.Name);
        writer.WriteNumber("version", TranscriptFormat.Version);
        writer.WriteStartObject("session");
        writer.WriteString("key", session.Key);
        WriteText(writer, "name", session.Name);
        WriteText(writer, "server", session.Server);
        WriteText(writer, "command", session.Command);
        WriteText(writer, "client", session.Client);
        WriteText(writer, "clientVersion", session.ClientVersion);
        WriteText(writer, "protocol", session.Protocol);
        WriteText(writer, "kmVersion", session.KmVersion);
        WriteText(writer, "payloads", session.Payloads);
        writer.WriteString("started", TranscriptFormat.Of(session.Started));
        writer.WriteString("lastSeen", TranscriptFormat.Of(session.LastSeen));
        if (session.Ended is { } ended)
            writer.WriteString("ended", TranscriptFormat.Of(ended));
        WriteText(writer, "exitStatus", session.ExitStatus);
        if (session.ExitCode is { } code)
            writer.WriteNumber("exitCode", code);
        writer.WriteNumber("missed", session.Missed);
        writer.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter writer, RecordedItem item)
    {
        writer.WriteStartObject();
        writer.WriteString(
            "type",
            item switch
            {
                RecordedMessage => "message",
                RecordedErrorLine => "stderr",
                _ => "event",
            }
        );
        writer.WriteNumber("sequence", item.Sequence);
        writer.WriteString("time", TranscriptFormat.Of(item.Time));
        switch (item)
        {
            case RecordedMessage message:
                WriteMessage(writer, message);
                break;
            case RecordedErrorLine line:
                writer.WriteString("line", line.Line);
                break;
            case RecordedEvent occurrence:
                writer.WriteString("event", occurrence.Type);
                writer.WriteStartObject("data");
                foreach (var (name, value) in occurrence.Data.OrderBy(fact => fact.Key, StringComparer.Ordinal))
                    writer.WriteString(name, value);
                writer.WriteEndObject();
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, RecordedMessage message)
    {
        writer.WriteString("direction", TranscriptFormat.Of(message.Direction));
        writer.WriteString("kind", TranscriptFormat.Of(message.Kind));
        writer.WriteNumber("bytes", message.Size);
        WriteText(writer, "method", message.Method);
        WriteText(writer, "name", message.Name);
        if (message.RequestId.Length > 0)
            WriteValue(writer, "id", Encoding.UTF8.GetBytes(message.RequestId));
        WriteText(writer, "call", message.CorrelationId);
        if (message.RetryOf.Length > 0)
            writer.WriteString("retryOf", message.RetryOf);
        if (message.RequestSequence > 0)
            writer.WriteNumber("request", message.RequestSequence);
        if (message.Latency is { } latency)
            writer.WriteNumber("latencyMs", latency.Ticks / (decimal)TimeSpan.TicksPerMillisecond);
        WriteText(writer, "errorCode", message.ErrorCode);
        WriteText(writer, "errorText", message.ErrorText);
        if (message.IsTruncated)
            writer.WriteBoolean("truncated", true);
        if (message.Payload is { } payload)
            WritePayload(writer, payload.Span);
    }

    private static void WritePayload(Utf8JsonWriter writer, ReadOnlySpan<byte> payload)
    {
        if (Payload.IsPlainJson(payload))
        {
            writer.WritePropertyName("payload");
            writer.WriteRawValue(payload, skipInputValidation: true);
        }
        else if (Payload.Text(payload) is { } text)
            writer.WriteString("payloadText", text);
        else
            writer.WriteBase64String("payloadBase64", payload);
    }

    private static void WriteValue(Utf8JsonWriter writer, string name, ReadOnlySpan<byte> json)
    {
        writer.WritePropertyName(name);
        if (Payload.IsPlainJson(json))
            writer.WriteRawValue(json, skipInputValidation: true);
        else
            writer.WriteStringValue(json);
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            writer.WriteString(name, text);
    }
}
