using System.Text;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Writing;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Recordings.Tests;

/// <summary>A folder with a real file of recordings, and short ways to write and read it.</summary>
internal sealed class RecordingFolder : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Takes from a file what later versions added.</summary>
    public const string ToVersion2 =
        "ALTER TABLE sessions DROP COLUMN tokens_until; ALTER TABLE calls DROP COLUMN request_tokens;"
        + " ALTER TABLE calls DROP COLUMN response_tokens; ALTER TABLE call_hours DROP COLUMN request_tokens;"
        + " ALTER TABLE call_hours DROP COLUMN response_tokens; PRAGMA user_version = 2";

    public string Folder { get; } = Directory.CreateTempSubdirectory("km-rec-").FullName;

    public string Database => Path.Combine(Folder, RecordingFile.Name);

    public FakeTimeProvider Time { get; } = new(Start);

    /// <summary>What the writer told the user.</summary>
    public List<string> Reports { get; } = [];

    public RecordingOptions Options { get; init; } = new() { MinFreeBytes = 0 };

    /// <summary>Records a session; when the call returns, it is in the file.</summary>
    public void Record(string key, params RecordedItem[] items) =>
        Record(
            new SessionDescription
            {
                Key = key,
                Payloads = "masked",
                Started = Start,
            },
            items
        );

    public void Record(SessionDescription facts, params RecordedItem[] items)
    {
        using var writer = Writer();
        var session = writer.Begin(facts);
        foreach (var item in items)
            Add(session, item);
    }

    public RecordingWriter Writer() => new(Folder, Options, Time, Reports.Add);

    public static void Add(SessionRecording session, RecordedItem item) =>
        session.AddAsync(item, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();

    public RecordingReader Reader() => RecordingReader.Open(Folder);

    public T Read<T>(Func<RecordingReader, T> action)
    {
        using var reader = Reader();
        return action(reader);
    }

    public static RecordedMessage Request(long sequence, string tool, string arguments = "{}", int atSecond = 0) =>
        new()
        {
            Sequence = sequence,
            Time = Start.AddSeconds(atSecond),
            Direction = RecordedDirection.In,
            Kind = RecordedKind.Request,
            Method = "tools/call",
            Name = tool,
            RequestId = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture),
            CorrelationId = "c" + sequence,
            Size = arguments.Length,
            Payload = Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":{{{sequence}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}} }"""
            ),
        };

    public static RecordedMessage Response(long sequence, long request, string text, double milliseconds = 5, string error = "") =>
        new()
        {
            Sequence = sequence,
            Time = Start.AddMilliseconds(milliseconds),
            Direction = RecordedDirection.Out,
            Kind = RecordedKind.Response,
            Method = "tools/call",
            RequestSequence = request,
            Latency = TimeSpan.FromMilliseconds(milliseconds),
            ErrorCode = error,
            ErrorText = error.Length > 0 ? text : "",
            Size = text.Length,
            Payload = Encoding.UTF8.GetBytes(
                $$$"""{"jsonrpc":"2.0","id":{{{request}}},"result":{"content":[{"type":"text","text":"{{{text}}}"}]} }"""
            ),
        };

    public static RecordedEvent Event(long sequence, string type, params (string Name, string Value)[] data) =>
        new()
        {
            Sequence = sequence,
            Time = Start.AddSeconds(sequence),
            Type = type,
            Data = data.ToDictionary(fact => fact.Name, fact => fact.Value),
        };

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
