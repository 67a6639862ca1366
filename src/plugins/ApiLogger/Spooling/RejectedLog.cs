using System.Buffers;
using System.Text.Json;
using Kilometers.Contracts.Api;

namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>
/// What the API will never take, without payloads: <c>rejected.jsonl</c>, shared by all processes of the user. When it is full it becomes
/// <c>rejected.old.jsonl</c>, so that the newest are always there.
/// </summary>
internal sealed class RejectedLog(string directory)
{
    private const long MaxSize = 1 << 20;
    private const int MaxDetail = 500;

    private readonly string _path = Path.Combine(directory, "rejected.jsonl");

    /// <summary>How many were rejected.</summary>
    public long Count { get; private set; }

    /// <param name="record">The event as it was recorded.</param>
    /// <param name="code">The API's code, or the status of its answer.</param>
    /// <param name="detail">What it said.</param>
    public void Add(ReadOnlyMemory<byte> record, string code, string detail)
    {
        Count++;
        try
        {
            if (new FileInfo(_path) is { Exists: true, Length: > MaxSize })
                File.Move(_path, Path.Combine(directory, "rejected.old.jsonl"), overwrite: true);
            var item = JsonSerializer.Deserialize(record.Span, ApiEventJsonContext.Default.EventItem)!;
            var line = Line(item with { Payload = null }, code, detail.Length > MaxDetail ? detail[..MaxDetail] : detail);
            // Exclusive, so that two processes do not write over each other.
            using var file = SpoolFiles.Create(_path, FileMode.OpenOrCreate, FileShare.None);
            file.Seek(0, SeekOrigin.End);
            file.Write(line.WrittenSpan);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // It is counted, and said in the log.
        }
    }

    private static ArrayBufferWriter<byte> Line(EventItem item, string code, string detail)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            writer.WriteString("code", code);
            writer.WriteString("detail", detail);
            writer.WritePropertyName("event");
            JsonSerializer.Serialize(writer, item, ApiEventJsonContext.Default.EventItem);
            writer.WriteEndObject();
        }
        line.Write("\n"u8);
        return line;
    }
}
