using System.Text;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>Makes observations of bytes: frames, envelopes, pairs. Runs on one thread; knows no plugin.</summary>
public sealed class SessionObserver
{
    /// <summary>How much lower than the session's the priority of everything that observes is: the session comes first on a busy machine.</summary>
    public const int Nice = 10;

    private const int LongestErrorLine = 16 * 1024;
    private readonly IObservationSink _sink;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly MessageFramer[] _framers;
    private readonly Correlator _correlator = new();
    private long _now;
    private ulong _sequence;
    private string? _protocolVersion;
    private bool _initialized;

    /// <summary>Creates the observer of one session; the session starts now.</summary>
    /// <param name="sink">Takes the observations.</param>
    /// <param name="bufferSize">The size in bytes of the largest message that is observed whole.</param>
    /// <param name="timeProvider">The clock.</param>
    public SessionObserver(IObservationSink sink, long bufferSize, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _sink = sink;
        BufferSize = bufferSize;
        _time = timeProvider;
        _now = _start = timeProvider.GetTimestamp();
        _framers =
        [
            new MessageFramer(bufferSize, new MessageSink(this, Direction.Inbound)),
            new MessageFramer(bufferSize, new MessageSink(this, Direction.Outbound)),
            new MessageFramer(LongestErrorLine, new ErrorLineSink(this)),
        ];
    }

    /// <summary>The size in bytes of the largest message that is observed whole.</summary>
    public long BufferSize { get; }

    /// <summary>What was seen so far; read it when the tap has completed.</summary>
    public SessionStatistics Statistics { get; } = new();

    /// <summary>Takes the next piece of one of the streams.</summary>
    /// <param name="piece">The piece.</param>
    public void Observe(in Piece piece)
    {
        _now = piece.Timestamp;
        var framer = _framers[(int)piece.Channel];
        if (piece.AfterGap) framer.SkipToNextLine();
        if (piece.Skipped > 0) framer.Skip(piece.Skipped);
        if (piece.Chunk is null) framer.Complete();
        else framer.Append(piece.Bytes);
    }

    /// <summary>Reports something that happened to the session now. Only before the tap has started or after it has completed.</summary>
    /// <param name="type">The event's type (<c>docs/protocol.md</c>).</param>
    /// <param name="data">Details.</param>
    public void Report(string type, IReadOnlyDictionary<string, string> data)
    {
        _now = _time.GetTimestamp();
        Emit(type, data);
    }

    private void OnMessage(Direction direction, ReadOnlySpan<byte> line)
    {
        if (line.IndexOfAnyExcept(" \t"u8) < 0) return;
        if (!BatchReader.IsBatch(line))
        {
            OnMessage(direction, line, EnvelopeReader.Read(line), line.Length, truncated: false);
            return;
        }

        var elements = BatchReader.Split(line, out var error);
        if (error is not null) OnMessage(direction, line, new JsonRpcEnvelope { ParseError = error }, line.Length, truncated: false);
        foreach (var element in elements)
            OnMessage(direction, line[element], EnvelopeReader.Read(line[element]), line[element].Length, truncated: false);
    }

    private void OnMessage(Direction direction, ReadOnlySpan<byte> payload, in JsonRpcEnvelope envelope, long size, bool truncated)
    {
        // :: Step 5 — the envelope was read in one pass; now the message finds its request.
        var sequence = ++_sequence;
        var exchange = _correlator.Relate(direction, envelope, sequence, _now, _time);
        Statistics.Count(direction, envelope, exchange, truncated);
        _sink.Observe(new ObservedMessage
        {
            Sequence = sequence,
            SessionTime = Elapsed(),
            Direction = direction,
            Envelope = envelope,
            Payload = _sink.WantsPayload ? payload.ToArray() : default(ReadOnlyMemory<byte>),
            Size = size,
            Truncated = truncated,
            Exchange = exchange,
        });
        if (envelope.Kind == MessageKind.NotJsonRpc) OnNoise(direction, envelope, size);
        else NoteInitialization(direction, envelope);
    }

    private void OnNoise(Direction direction, in JsonRpcEnvelope envelope, long size)
    {
        if (envelope.ParseError is { } error)
        {
            _sink.Observe(new ObservedError { Sequence = ++_sequence, SessionTime = Elapsed(), Type = "parse_error", Message = error, Direction = direction });
        }
        else if (direction == Direction.Outbound)
        {
            Emit("stdout.noise", new Dictionary<string, string> { ["size"] = size.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        }
    }

    /// <summary>Legacy sessions say when they are ready; modern ones (2026-07-28) are from their first request on.</summary>
    private void NoteInitialization(Direction direction, in JsonRpcEnvelope envelope)
    {
        if (_initialized) return;
        _protocolVersion = envelope.ProtocolVersion ?? _protocolVersion;
        var modern = envelope.Kind == MessageKind.Request && direction == Direction.Inbound && envelope.ProtocolVersion is not null;
        if (!modern && envelope.Method != "notifications/initialized") return;
        _initialized = true;
        Emit("session.initialized", new Dictionary<string, string> { ["protocolVersion"] = _protocolVersion ?? "" });
    }

    private void Emit(string type, IReadOnlyDictionary<string, string> data) =>
        _sink.Observe(new ObservedEvent { Sequence = ++_sequence, SessionTime = Elapsed(), Type = type, Data = data });

    private TimeSpan Elapsed() => _time.GetElapsedTime(_start, _now);

    private sealed class MessageSink(SessionObserver owner, Direction direction) : IFrameSink
    {
        public void OnLine(ReadOnlySpan<byte> line) => owner.OnMessage(direction, line);

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size) =>
            owner.OnMessage(direction, head, EnvelopeReader.ReadTruncated(head, tail), size, truncated: true);
    }

    private sealed class ErrorLineSink(SessionObserver owner) : IFrameSink
    {
        public void OnLine(ReadOnlySpan<byte> line) => owner.Emit("server.stderr", new Dictionary<string, string> { ["line"] = Encoding.UTF8.GetString(line) });

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size) =>
            owner.Emit("server.stderr", new Dictionary<string, string> { ["line"] = Encoding.UTF8.GetString(head), ["truncated"] = "true" });
    }
}
