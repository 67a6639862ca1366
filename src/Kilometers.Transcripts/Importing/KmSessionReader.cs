using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Importing;

/// <summary>Reads what km exported as json or jsonl. Members that it does not know are ignored: a later km may have added them.</summary>
internal static class KmSessionReader
{
    private const int MaxKey = 100;

    /// <exception cref="ImportException">Something in it is wrong.</exception>
    public static Transcript Read(JsonMembers head, IEnumerable<JsonElement> items, bool isLines, int values)
    {
        if (head.Number("version") != TranscriptFormat.Version)
            throw new ImportException($"its version is {head.Number("version")}; this km reads version {TranscriptFormat.Version}");
        if (!isLines && values > 1)
            throw new ImportException("something follows the export");
        var session = Session(head.Object("session"));
        var all = new List<RecordedItem>();
        var calls = new Dictionary<long, string>();
        foreach (var item in items)
        {
            var place = isLines
                ? string.Create(CultureInfo.InvariantCulture, $"line {all.Count + 2}")
                : string.Create(CultureInfo.InvariantCulture, $"item {all.Count + 1}");
            var read = Item(JsonMembers.Of(item, place), place);
            if (read.Sequence <= (all.Count > 0 ? all[^1].Sequence : 0))
                throw new ImportException($"sequence of {place} is not above the one before it");
            if (read is RecordedMessage message)
                Check(message, place, calls);
            all.Add(read);
        }

        return new Transcript { Session = session, Items = all };
    }

    private static RecordedSession Session(JsonMembers session)
    {
        var key = session.Text("key");
        if (key.Length is 0 or > MaxKey || !key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            throw new ImportException("key of the session is not an id");
        var payloads = session.TextOrNull("payloads") ?? "masked";
        if (payloads is not ("masked" or "full" or "off"))
            throw new ImportException("payloads of the session is not masked, full or off");
        var started = session.Time("started");
        return new RecordedSession
        {
            Row = 0,
            Key = key,
            Name = session.TextOrNull("name"),
            Server = session.TextOrNull("server"),
            Command = session.TextOrNull("command"),
            Client = session.TextOrNull("client"),
            ClientVersion = session.TextOrNull("clientVersion"),
            Protocol = session.TextOrNull("protocol"),
            KmVersion = session.TextOrNull("kmVersion"),
            Payloads = payloads,
            Started = started,
            LastSeen = session.TimeOrNull("lastSeen") ?? started,
            Ended = session.TimeOrNull("ended"),
            ExitStatus = session.TextOrNull("exitStatus"),
            ExitCode = session.NumberOrNull("exitCode"),
            Missed = session.NumberOrNull("missed") is { } missed and >= 0 ? missed : 0,
        };
    }

    private static RecordedItem Item(JsonMembers item, string place) =>
        item.Text("type") switch
        {
            "message" => Message(item, place),
            "event" => new RecordedEvent
            {
                Sequence = item.Number("sequence"),
                Time = item.Time("time"),
                Type = item.Text("event"),
                Data = Data(item, place),
            },
            "stderr" => new RecordedErrorLine
            {
                Sequence = item.Number("sequence"),
                Time = item.Time("time"),
                Line = item.Text("line"),
            },
            var type => throw new ImportException($"type of {place} is '{type}', which is not message, event or stderr"),
        };

    private static Dictionary<string, string> Data(JsonMembers item, string place)
    {
        if (!item.Has("data"))
            return [];
        var data = item.Object("data");
        var facts = new Dictionary<string, string>();
        foreach (var member in item.Value("data")!.Value.EnumerateObject())
            if (!facts.TryAdd(member.Name, data.Text(member.Name)))
                throw new ImportException($"data of {place} has {member.Name} twice");
        return facts;
    }

    private static RecordedMessage Message(JsonMembers item, string place)
    {
        var bytes = item.Number("bytes");
        return new RecordedMessage
        {
            Sequence = item.Number("sequence"),
            Time = item.Time("time"),
            Direction = TranscriptFormat.Direction(item.Text("direction"))
                ?? throw new ImportException($"direction of {place} is not in or out"),
            Kind = TranscriptFormat.Kind(item.Text("kind")) ?? throw new ImportException($"kind of {place} is not known"),
            Method = item.TextOrNull("method") ?? "",
            Name = item.TextOrNull("name") ?? "",
            RequestId = item.Value("id")?.GetRawText() ?? "",
            CorrelationId = item.TextOrNull("call") ?? "",
            RetryOf = item.TextOrNull("retryOf") ?? "",
            RequestSequence = item.NumberOrNull("request") ?? 0,
            Latency = item.MillisecondsOrNull("latencyMs"),
            ErrorCode = item.TextOrNull("errorCode") ?? "",
            ErrorText = item.TextOrNull("errorText") ?? "",
            Size = bytes >= 0 ? bytes : throw new ImportException($"bytes of {place} is negative"),
            Payload = PayloadOf(item, place),
            IsTruncated = item.Flag("truncated"),
        };
    }

    private static ReadOnlyMemory<byte>? PayloadOf(JsonMembers item, string place)
    {
        if (((string[])["payload", "payloadText", "payloadBase64"]).Count(item.Has) > 1)
            throw new ImportException($"{place} has more than one payload");
        if (item.Value("payload") is { } json)
            return Encoding.UTF8.GetBytes(json.GetRawText());
        if (item.TextOfAnyLength("payloadText") is { } text)
            return Encoding.UTF8.GetBytes(text);
        if (item.TextOfAnyLength("payloadBase64") is not { } base64)
            return null;
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw new ImportException($"payloadBase64 of {place} is not base64");
        }
    }

    /// <summary>A response belongs to a request before it.</summary>
    private static void Check(RecordedMessage message, string place, Dictionary<long, string> calls)
    {
        if (message.Kind == RecordedKind.Request)
        {
            if (message.CorrelationId.Length == 0)
                throw new ImportException($"{place} is a request without a call");
            calls[message.Sequence] = message.RetryOf.Length > 0 ? message.RetryOf : message.CorrelationId;
            return;
        }

        if (message.RequestSequence == 0)
            return;
        if (!calls.TryGetValue(message.RequestSequence, out var call) || call != message.CorrelationId)
            throw new ImportException($"{place} answers a request that is not before it");
    }
}
