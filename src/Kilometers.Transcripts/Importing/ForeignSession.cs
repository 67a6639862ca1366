using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts.Importing;

/// <summary>Makes a session of the messages that another program saw, with the events that km would have recorded.</summary>
/// <param name="tool">The program.</param>
/// <param name="id">Its id of the session, or whatever else is always the same for it.</param>
internal sealed class ForeignSession(string tool, string id)
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<RecordedItem> _items = [];
    private readonly MessagePairing _pairing = new();
    private (string Name, string Version)? _client;
    private string? _protocol;
    private bool _isInitialized;

    public string? Server { get; init; }

    public string? Command { get; set; }

    private long Next => _items.Count + 1;

    /// <summary>A message, as one line: an export may have indented it.</summary>
    public void AddMessage(DateTimeOffset time, RecordedDirection direction, JsonElement message)
    {
        var raw = Encoding.UTF8.GetBytes(message.GetRawText());
        if (raw.AsSpan().ContainsAny((byte)'\r', (byte)'\n'))
        {
            var buffer = new ArrayBufferWriter<byte>(raw.Length);
            using (var writer = new Utf8JsonWriter(buffer, Compact))
                message.WriteTo(writer);
            raw = buffer.WrittenSpan.ToArray();
        }

        AddMessage(time, direction, raw, isTruncated: false);
    }

    public void AddMessage(DateTimeOffset time, RecordedDirection direction, byte[] message, bool isTruncated)
    {
        Begin(time);
        var recorded = _pairing.Next(Next, time, direction, message, isTruncated);
        _items.Add(recorded);
        if (_isInitialized)
            return;
        if (direction == RecordedDirection.In && recorded.Kind == RecordedKind.Request)
            _client = ClientReader.Read(message) ?? _client;
        var version = isTruncated ? null : EnvelopeReader.Read(message).ProtocolVersion;
        _protocol = version ?? _protocol;
        var isModern = direction == RecordedDirection.In && recorded.Kind == RecordedKind.Request && version is not null;
        if (!isModern && recorded.Method != "notifications/initialized")
            return;
        _isInitialized = true;
        Emit(
            time,
            "session.initialized",
            ("protocolVersion", _protocol ?? ""),
            ("clientName", _client?.Name ?? ""),
            ("clientVersion", _client?.Version ?? "")
        );
    }

    public void AddErrorLine(DateTimeOffset time, string line)
    {
        Begin(time);
        _items.Add(
            new RecordedErrorLine
            {
                Sequence = Next,
                Time = time,
                Line = line,
            }
        );
    }

    /// <exception cref="ImportException">Nothing was added.</exception>
    public Transcript ToTranscript(long missed = 0)
    {
        if (_items.Count == 0)
            throw new ImportException("it has no messages");
        var (started, ended) = (_items[0].Time, _items.Max(item => item.Time));
        Emit(ended, "session.ended");
        return new Transcript
        {
            Session = new RecordedSession
            {
                Row = 0,
                Key = Key(started),
                Server = Server,
                Command = Command,
                Client = _client?.Name,
                ClientVersion = _client?.Version,
                Protocol = _protocol,
                Payloads = "full",
                Started = started,
                LastSeen = ended,
                Ended = ended,
                Missed = missed,
            },
            Items = _items,
        };
    }

    private void Begin(DateTimeOffset time)
    {
        if (_items.Count == 0)
            Emit(time, "session.started", ("server", Server ?? ""), ("importedFrom", tool));
    }

    private void Emit(DateTimeOffset time, string type, params (string Name, string Value)[] data) =>
        _items.Add(
            new RecordedEvent
            {
                Sequence = Next,
                Time = time,
                Type = type,
                Data = data.Where(fact => fact.Value.Length > 0).ToDictionary(fact => fact.Name, fact => fact.Value),
            }
        );

    /// <summary>The same file has the same key, so that it is not imported twice.</summary>
    private string Key(DateTimeOffset started) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{tool}\n{id}\n{TranscriptFormat.Of(started)}\n{_items.Count}")).AsSpan(0, 16)
        );
}
