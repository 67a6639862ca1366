using System.Globalization;
using System.Text.Json;
using Kilometers.Recordings;

namespace Kilometers.Transcripts.Importing;

/// <summary>
/// Reads MCP Inspector's exports of the protocol: an array of entries with <c>timestamp</c>, <c>direction</c> (<c>request</c>,
/// <c>response</c> or <c>notification</c>), <c>origin</c> (who sent it; older versions do not say) and <c>message</c>; a request that was
/// answered has the <c>response</c> and its <c>duration</c> in milliseconds in it.
/// </summary>
internal static class InspectorReader
{
    private static readonly HashSet<string> OfServer = ["sampling/createMessage", "elicitation/create", "roots/list"];
    private static readonly HashSet<string> OfClient = ["notifications/initialized", "notifications/roots/list_changed"];

    /// <exception cref="ImportException">Something in it is wrong.</exception>
    public static Transcript Read(JsonElement entries)
    {
        var messages = new List<(DateTimeOffset Time, RecordedDirection Direction, JsonElement Message)>();
        var number = 0;
        foreach (var item in entries.EnumerateArray())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"entry {++number}");
            var entry = JsonMembers.Of(item, place);
            if (!entry.Has("message") || !entry.Has("direction"))
                throw new ImportException(
                    $"{place} has no message and direction; of MCP Inspector's exports, km reads that of the protocol, not logs, network or console"
                );
            Add(messages, entry, place);
        }

        if (messages.Count == 0)
            throw new ImportException("it has no messages");
        var first = messages.Min(message => message.Time);
        var session = new ForeignSession("inspector", TranscriptFormat.Of(first)) { Server = "inspector" };
        foreach (var (time, direction, message) in messages.OrderBy(message => message.Time))
            session.AddMessage(time, direction, message);
        return session.ToTranscript();
    }

    private static void Add(
        List<(DateTimeOffset Time, RecordedDirection Direction, JsonElement Message)> messages,
        JsonMembers entry,
        string place
    )
    {
        var time = entry.Time("timestamp");
        var kind = entry.Text("direction");
        if (kind is not ("request" or "response" or "notification"))
            throw new ImportException($"direction of {place} is '{kind}', which is not request, response or notification");
        var message = entry.Object("message");
        var direction = entry.TextOrNull("origin") switch
        {
            "client" => RecordedDirection.In,
            "server" => RecordedDirection.Out,
            null => Guess(kind, message.TextOrNull("method") ?? ""),
            var origin => throw new ImportException($"origin of {place} is '{origin}', which is not client or server"),
        };
        messages.Add((time, direction, entry.Value("message")!.Value));
        if (!entry.Has("response"))
            return;
        _ = entry.Object("response");
        messages.Add(
            (
                time + (entry.MillisecondsOrNull("duration") ?? TimeSpan.Zero),
                direction == RecordedDirection.In ? RecordedDirection.Out : RecordedDirection.In,
                entry.Value("response")!.Value
            )
        );
    }

    private static RecordedDirection Guess(string kind, string method) =>
        kind switch
        {
            "request" => OfServer.Contains(method) ? RecordedDirection.Out : RecordedDirection.In,
            "notification" => OfClient.Contains(method) ? RecordedDirection.In : RecordedDirection.Out,
            _ => RecordedDirection.Out,
        };
}
