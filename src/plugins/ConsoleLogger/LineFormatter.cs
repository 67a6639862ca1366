using System.Globalization;
using System.Text;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Plugins.ConsoleLogger;

/// <summary>
/// One line per message, error or event: <c>12:34:56.789 → tools/call echo id=3 142 B</c>. Everything that comes from a message is
/// stripped of what a terminal would obey.
/// </summary>
internal sealed class LineFormatter(TimeZoneInfo zone, bool color, bool ascii, bool payloads)
{
    private const int MaxName = 120;
    private const int MaxId = 80;

    /// <summary>The text of an error, or of what is not a message: enough to know which it is.</summary>
    private const int MaxText = 200;

    /// <summary>A payload is shown to be read; the whole of it is for plugins that store.</summary>
    private const int MaxPayload = 4000;

    /// <summary>Secrets are looked for a little further than shown, so that one that is cut is still recognised.</summary>
    private const int MaxRedacted = MaxPayload + 1000;

    public string Format(ObservedMessage message)
    {
        var line = Begin(message.Time, Arrow(message.Direction));
        line.Append(' ').Append(Paint(Colors.Name, Subject(message)));
        if (message.Name.Length > 0)
            line.Append(' ').Append(Paint(Colors.Detail, Terminal.Clean(message.Name, MaxName)));
        var failed = message.Kind == MessageKind.ErrorResponse || message.ErrorCode.Length > 0;
        if (failed)
            line.Append(' ').Append(Paint(Colors.Error, Failure(message)));
        else if (message.Kind == MessageKind.Response)
            line.Append(' ').Append(Paint(Colors.Success, "ok"));
        if (message.Id.Length > 0)
            line.Append(' ').Append(Paint(Colors.Dim, "id=" + Terminal.Clean(message.Id, MaxId)));
        if (message.IsAmbiguous)
            line.Append(' ').Append(Paint(Colors.Warning, "ambiguous"));
        if (message.Latency is { } latency)
            line.Append(' ').Append(Units.Duration(latency));
        line.Append(' ').Append(Paint(Colors.Dim, Units.Bytes(message.Size)));
        if (message.IsTruncated)
            line.Append(' ').Append(Paint(Colors.Warning, "truncated"));
        if (failed && message.ErrorText.Length > 0)
            line.Append(": ").Append(Clean(message.ErrorText, MaxText));
        if (payloads && !message.Payload.IsEmpty)
            line.Append('\n').Append("    ").Append(Payload(message.Payload.Span));
        else if (payloads && message.PayloadOmitted)
            line.Append(' ').Append(Paint(Colors.Warning, "payload omitted"));
        return line.ToString();
    }

    public string Format(ObservedError error) =>
        Begin(error.Time, Arrow(error.Direction))
            .Append(' ')
            .Append(Paint(Colors.Error, Terminal.Clean(error.Type, MaxName)))
            .Append(' ')
            .Append(Clean(error.Message, MaxPayload))
            .ToString();

    /// <summary>The line for an event; null for those that say nothing to a reader of messages.</summary>
    public string? Format(StreamEvent streamEvent)
    {
        var paint = streamEvent.Type switch
        {
            StreamEventType.ServerExited => Colors.Name,
            StreamEventType.DeliveryDropped or StreamEventType.StandardOutputNoise => Colors.Warning,
            _ => null,
        };
        if (paint is null)
            return null;
        var line = Begin(streamEvent.Time, "*").Append(' ').Append(Paint(paint, streamEvent.Type));
        foreach (var (name, value) in streamEvent.Data.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            line.Append(' ').Append(Terminal.Clean(name, MaxName)).Append('=').Append(Clean(value, name == "text" ? MaxText : MaxPayload));
        return line.ToString();
    }

    private StringBuilder Begin(DateTimeOffset time, string mark) =>
        new StringBuilder(128)
            .Append(Paint(Colors.Dim, TimeZoneInfo.ConvertTime(time, zone).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)))
            .Append(' ')
            .Append(mark);

    private string Arrow(MessageDirection direction) =>
        direction switch
        {
            MessageDirection.Inbound => Paint(Colors.Inbound, ascii ? "->" : "→"),
            MessageDirection.Outbound => Paint(Colors.Outbound, ascii ? "<-" : "←"),
            _ => "*",
        };

    private static string Subject(ObservedMessage message) =>
        message switch
        {
            { Kind: MessageKind.NotJsonRpc } => "(not JSON-RPC)",
            { Method.Length: > 0 } => Terminal.Clean(message.Method, MaxName),
            { Kind: MessageKind.Response } => "result",
            { Kind: MessageKind.ErrorResponse } => "error",
            _ => "message",
        };

    private static string Failure(ObservedMessage message) =>
        message.ErrorCode switch
        {
            "" => "error",
            "tool_error" => "tool error",
            var code => "error " + Terminal.Clean(code, MaxId),
        };

    private static string Payload(ReadOnlySpan<byte> payload)
    {
        // A byte is at most one character, so this much is enough.
        var text = SecretMasker.Redact(Encoding.UTF8.GetString(payload[..Math.Min(payload.Length, MaxRedacted)]));
        return Terminal.Clean(text, MaxPayload);
    }

    private static string Clean(string text, int longest) =>
        Terminal.Clean(SecretMasker.Redact(text.Length > MaxRedacted ? text[..MaxRedacted] : text), longest);

    private string Paint(string code, string text) => color ? code + text + Colors.Reset : text;
}
