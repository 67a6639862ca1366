using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Recordings;

namespace Kilometers.Transcripts.Importing;

/// <summary>
/// Reads what mcpsnoop writes: its session logs (one envelope per line, with <c>session_id</c>, <c>ts</c>, <c>direction</c> and <c>raw</c> or
/// <c>text</c>) and its JSON exports (an object with <c>session</c> and <c>events</c>).
/// </summary>
internal static class SnoopReader
{
    private const string Tool = "mcpsnoop";

    /// <exception cref="ImportException">Something in it is wrong.</exception>
    public static Transcript ReadLog(IEnumerable<JsonElement> lines)
    {
        ForeignSession? session = null;
        var id = "";
        var number = 0;
        foreach (var line in lines)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"line {++number}");
            var envelope = JsonMembers.Of(line, place);
            if (session is null)
            {
                id = envelope.Text("session_id");
                session = new ForeignSession(Tool, id) { Server = envelope.TextOrNull("server_label") };
            }

            if (envelope.Text("session_id") != id)
                throw new ImportException($"{place} belongs to another session; km imports one at a time");
            Add(session, envelope, envelope.Time("ts"), place);
        }

        return session!.ToTranscript();
    }

    /// <inheritdoc cref="ReadLog"/>
    public static Transcript ReadExport(JsonMembers export)
    {
        var facts = export.Object("session");
        var session = new ForeignSession(Tool, facts.Text("id")) { Server = facts.TextOrNull("label") };
        var number = 0;
        foreach (var item in export.Array("events"))
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"event {++number}");
            var envelope = JsonMembers.Of(item, place);
            Add(session, envelope, envelope.Time("timestamp"), place);
        }

        return session.ToTranscript(Math.Max(0, facts.NumberOrNull("missing_frames") ?? 0));
    }

    private static void Add(ForeignSession session, JsonMembers envelope, DateTimeOffset time, string place)
    {
        switch (envelope.Text("direction"))
        {
            case "c2s":
                AddMessage(session, envelope, time, RecordedDirection.In, place);
                break;
            case "s2c":
                AddMessage(session, envelope, time, RecordedDirection.Out, place);
                break;
            case "stderr":
                session.AddErrorLine(time, envelope.TextOrNull("text") ?? "");
                break;
            case "meta":
                session.Command = Command(envelope) ?? session.Command;
                break;
            case var direction:
                throw new ImportException($"direction of {place} is '{direction}', which is not c2s, s2c, stderr or meta");
        }
    }

    private static void AddMessage(
        ForeignSession session,
        JsonMembers envelope,
        DateTimeOffset time,
        RecordedDirection direction,
        string place
    )
    {
        if (envelope.Value("raw") is { } raw)
            session.AddMessage(time, direction, raw);
        else if (envelope.TextOfAnyLength("text") is { } text)
            session.AddMessage(time, direction, Encoding.UTF8.GetBytes(text), envelope.Flag("truncated"));
        else
            throw new ImportException($"{place} has neither raw nor text");
    }

    private static string? Command(JsonMembers envelope) =>
        envelope.Value("raw") is { ValueKind: JsonValueKind.Object } raw
        && raw.TryGetProperty("command", out var command)
        && command.ValueKind == JsonValueKind.Array
            ? string.Join(
                ' ',
                command.EnumerateArray().Where(word => word.ValueKind == JsonValueKind.String).Select(word => word.GetString())
            )
            : null;
}
