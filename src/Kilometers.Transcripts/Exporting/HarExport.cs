using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Exporting;

/// <summary>
/// HTTP Archive 1.2, for the viewers that there are of it. A call on stdio has no URL and no status, so the URL has a host that can never
/// exist, and the status is 200 for a result, 400 for an error and 0 without an answer.
/// </summary>
internal static class HarExport
{
    private const string HttpVersion = "stdio";
    private const string MediaType = "application/json";

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Transcript transcript, string version, Stream output)
    {
        using (var writer = new Utf8JsonWriter(output, Readable))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("log");
            writer.WriteString("version", "1.2");
            WriteProgram(writer, "creator", "km", version);
            writer.WriteStartArray("pages");
            writer.WriteEndArray();
            writer.WriteStartArray("entries");
            foreach (var call in transcript.Calls)
            {
                WriteEntry(writer, transcript.Session, call);
                writer.Flush();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private static void WriteProgram(Utf8JsonWriter writer, string member, string name, string version)
    {
        writer.WriteStartObject(member);
        writer.WriteString("name", name);
        writer.WriteString("version", version);
        writer.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter writer, RecordedSession session, TranscriptCall call)
    {
        var milliseconds = call.Latency?.TotalMilliseconds ?? 0;
        writer.WriteStartObject();
        writer.WriteString("startedDateTime", TranscriptFormat.Of(call.Request.Time));
        writer.WriteNumber("time", milliseconds);
        WriteRequest(writer, session, call);
        WriteResponse(writer, call);
        writer.WriteStartObject("cache");
        writer.WriteEndObject();
        writer.WriteStartObject("timings");
        writer.WriteNumber("send", 0);
        writer.WriteNumber("wait", milliseconds);
        writer.WriteNumber("receive", 0);
        writer.WriteEndObject();
        writer.WriteString("_direction", TranscriptFormat.Of(call.Request.Direction));
        writer.WriteString("_outcome", call.Outcome.ToString().ToLowerInvariant());
        if (call.Response?.ErrorCode is { Length: > 0 } error)
            writer.WriteString("_errorCode", error);
        writer.WriteEndObject();
    }

    private static void WriteRequest(Utf8JsonWriter writer, RecordedSession session, TranscriptCall call)
    {
        writer.WriteStartObject("request");
        writer.WriteString("method", "POST");
        writer.WriteString("url", Url(session, call));
        WriteEmptyLists(writer);
        writer.WriteStartArray("queryString");
        writer.WriteEndArray();
        writer.WriteNumber("bodySize", call.Request.Size);
        if (call.Request.Payload is { } payload)
        {
            writer.WriteStartObject("postData");
            writer.WriteString("mimeType", MediaType);
            writer.WriteString("text", payload.Span);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteResponse(Utf8JsonWriter writer, TranscriptCall call)
    {
        var response = call.Response;
        writer.WriteStartObject("response");
        writer.WriteNumber(
            "status",
            call.Outcome switch
            {
                CallOutcome.Ok => 200,
                CallOutcome.Error => 400,
                _ => 0,
            }
        );
        writer.WriteString("statusText", response?.ErrorCode ?? "");
        WriteEmptyLists(writer);
        writer.WriteStartObject("content");
        writer.WriteNumber("size", response?.Size ?? 0);
        writer.WriteString("mimeType", MediaType);
        if (response?.Payload is { } payload)
            writer.WriteString("text", payload.Span);
        writer.WriteEndObject();
        writer.WriteString("redirectURL", "");
        writer.WriteNumber("bodySize", response?.Size ?? -1);
        writer.WriteEndObject();
    }

    private static void WriteEmptyLists(Utf8JsonWriter writer)
    {
        writer.WriteString("httpVersion", HttpVersion);
        foreach (var list in (string[])["cookies", "headers"])
        {
            writer.WriteStartArray(list);
            writer.WriteEndArray();
        }

        writer.WriteNumber("headersSize", -1);
    }

    private static string Url(RecordedSession session, TranscriptCall call)
    {
        var host = new StringBuilder();
        foreach (var letter in session.Server ?? "server")
            host.Append(char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '-');
        var path = string.Join('/', call.Request.Method.Split('/').Select(Uri.EscapeDataString));
        var name = call.Request.Name.Length > 0 ? "/" + Uri.EscapeDataString(WellFormed(call.Request.Name)) : "";
        return $"http://{host.ToString().Trim('-')}.stdio.invalid/{path}{name}";
    }

    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
