using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Plugins.Otel.Operations;

/// <summary>What only the payload says. It is parsed only where one of the words is in it.</summary>
internal sealed record PayloadFacts
{
    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";

    public static PayloadFacts None { get; } = new();

    /// <summary>The trace that a request continues.</summary>
    public ActivityContext Trace { get; private init; }

    /// <summary>The version that a request names.</summary>
    public string Version { get; private init; } = "";

    /// <summary>The task that a request asks about, or that a result is.</summary>
    public string Task { get; private init; } = "";

    /// <summary>What became of the task: <c>working</c>, <c>completed</c> and so on.</summary>
    public string TaskStatus { get; private init; } = "";

    /// <summary>Whether a result asks for more input.</summary>
    public bool WantsInput { get; private init; }

    /// <summary>Arguments or result, masked; null: not wanted.</summary>
    public string? Shown { get; private init; }

    /// <param name="payload">The message.</param>
    /// <param name="redactor">Masks what is shown; null: nothing is.</param>
    public static PayloadFacts Read(ReadOnlyMemory<byte> payload, Redactor? redactor)
    {
        var text = payload.Span;
        if (
            redactor is null
            && text.IndexOf("traceparent"u8) < 0
            && text.IndexOf("\"taskId\""u8) < 0
            && text.IndexOf("input_required"u8) < 0
            && text.IndexOf("/protocolVersion"u8) < 0
        )
            return None;
        try
        {
            using var document = JsonDocument.Parse(payload);
            return Of(document.RootElement, redactor);
        }
        catch (JsonException)
        {
            // Cut off, or not JSON: the envelope has said what there is.
            return None;
        }
    }

    private static PayloadFacts Of(JsonElement message, Redactor? redactor)
    {
        var parameters = Member(message, "params");
        var meta = Member(parameters, "_meta");
        var result = Member(message, "result");
        var task = Member(result, "task") is { ValueKind: JsonValueKind.Object } made ? made : result;
        ActivityContext.TryParse(
            Text(meta, "traceparent"),
            Text(meta, "tracestate") is { Length: > 0 } state ? state : null,
            true,
            out var trace
        );
        var shown = parameters.ValueKind == JsonValueKind.Object ? Member(parameters, "arguments") : result;
        return new PayloadFacts
        {
            Trace = trace,
            Version = Text(meta, VersionKey),
            Task = Text(parameters, "taskId") is { Length: > 0 } asked ? asked : Text(task, "taskId"),
            TaskStatus = Text(task, "status"),
            WantsInput = Text(result, "resultType") == "input_required",
            Shown =
                redactor is null || shown.ValueKind == JsonValueKind.Undefined
                    ? null
                    : Encoding.UTF8.GetString(redactor.Redact(Encoding.UTF8.GetBytes(shown.GetRawText())).Span),
        };
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
