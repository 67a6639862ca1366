using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Exporting;

/// <summary>
/// Traces in the JSON encoding of OTLP, on one line: what an OTLP/HTTP receiver takes as a body and a collector reads from a file. The names
/// are those of the semantic conventions for MCP. A request that carries a trace context becomes a part of that trace.
/// </summary>
internal static partial class OtlpExport
{
    private const int KindInternal = 1;
    private const int KindClient = 3;
    private const int StatusError = 2;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Transcript transcript, string version, Stream output)
    {
        var session = transcript.Session;
        var trace = Id(session.Key, 16);
        var root = Id(session.Key + "/session", 8);
        using (var writer = new Utf8JsonWriter(output, Plain))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("resourceSpans");
            writer.WriteStartObject();
            writer.WriteStartObject("resource");
            WriteAttributes(writer, ("service.name", session.Server ?? "mcp-server"), ("km.session.id", session.Key));
            writer.WriteEndObject();
            writer.WriteStartArray("scopeSpans");
            writer.WriteStartObject();
            writer.WriteStartObject("scope");
            writer.WriteString("name", "km");
            writer.WriteString("version", version);
            writer.WriteEndObject();
            writer.WriteStartArray("spans");
            WriteSpan(writer, trace, root, null, $"session {session.Server}".TrimEnd(), KindInternal, session.Started, session.LastSeen);
            WriteAttributes(writer, ("mcp.protocol.version", session.Protocol), ("mcp.client.name", session.Client));
            writer.WriteEndObject();
            foreach (var call in transcript.Calls)
            {
                WriteCall(writer, session, call, trace, root);
                writer.Flush();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private static void WriteCall(Utf8JsonWriter writer, RecordedSession session, TranscriptCall call, string trace, string root)
    {
        var request = call.Request;
        var (ownTrace, parent) = TraceContext(request) ?? (trace, root);
        var isTool = request.Method == "tools/call";
        var isPrompt = request.Method == "prompts/get";
        var name = request.Name.Length > 0 && (isTool || isPrompt) ? $"{request.Method} {request.Name}" : request.Method;
        var end = request.Time + (call.Latency ?? TimeSpan.Zero);
        WriteSpan(writer, ownTrace, Id($"{session.Key}/{call.Number}", 8), parent, name, KindClient, request.Time, end);
        var error = call.Response?.ErrorCode is { Length: > 0 } code ? code : null;
        WriteAttributes(
            writer,
            ("mcp.method.name", request.Method),
            ("network.transport", "pipe"),
            ("mcp.protocol.version", session.Protocol),
            ("jsonrpc.request.id", request.RequestId.Trim('"')),
            ("gen_ai.operation.name", isTool ? "execute_tool" : null),
            ("gen_ai.tool.name", isTool ? request.Name : null),
            ("gen_ai.prompt.name", isPrompt ? request.Name : null),
            ("mcp.resource.uri", request.Method.StartsWith("resources/", StringComparison.Ordinal) ? request.Name : null),
            ("error.type", error),
            ("rpc.response.status_code", error is null or "tool_error" ? null : error),
            ("km.direction", request.Direction == RecordedDirection.Out ? "out" : "in"),
            ("km.outcome", call.Outcome == CallOutcome.Pending ? "pending" : null)
        );
        if (error is not null)
        {
            writer.WriteStartObject("status");
            writer.WriteNumber("code", StatusError);
            if (call.Response!.ErrorText is { Length: > 0 } text)
                writer.WriteString("message", text);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteSpan(
        Utf8JsonWriter writer,
        string trace,
        string span,
        string? parent,
        string name,
        int kind,
        DateTimeOffset start,
        DateTimeOffset end
    )
    {
        writer.WriteStartObject();
        writer.WriteString("traceId", trace);
        writer.WriteString("spanId", span);
        if (parent is not null)
            writer.WriteString("parentSpanId", parent);
        writer.WriteString("name", name);
        writer.WriteNumber("kind", kind);
        writer.WriteString("startTimeUnixNano", Nanoseconds(start));
        writer.WriteString("endTimeUnixNano", Nanoseconds(end > start ? end : start));
    }

    private static void WriteAttributes(Utf8JsonWriter writer, params (string Key, string? Value)[] attributes)
    {
        writer.WriteStartArray("attributes");
        foreach (var (key, value) in attributes.Where(attribute => !string.IsNullOrEmpty(attribute.Value)))
        {
            writer.WriteStartObject();
            writer.WriteString("key", key);
            writer.WriteStartObject("value");
            writer.WriteString("stringValue", value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>What <c>params._meta.traceparent</c> names (W3C Trace Context).</summary>
    private static (string Trace, string Parent)? TraceContext(RecordedMessage request)
    {
        if (request.Payload is not { } payload)
            return null;
        try
        {
            using var document = JsonDocument.Parse(payload);
            return
                document.RootElement.TryGetProperty("params", out var parameters)
                && parameters.TryGetProperty("_meta", out var meta)
                && meta.TryGetProperty("traceparent", out var parent)
                && Context().Match(parent.GetString()!) is { Success: true } match
                ? (match.Groups[1].Value, match.Groups[2].Value)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentNullException)
        {
            return null;
        }
    }

    private static string Nanoseconds(DateTimeOffset time) =>
        ((time - DateTimeOffset.UnixEpoch).Ticks * (Int128)TimeSpan.NanosecondsPerTick).ToString(CultureInfo.InvariantCulture);

    /// <summary>The same session has the same ids in every export.</summary>
    private static string Id(string text, int bytes) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, bytes));

    [GeneratedRegex("^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")]
    private static partial Regex Context();
}
