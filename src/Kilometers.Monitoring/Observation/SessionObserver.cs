using System.Text;
using Kilometers.Link.Ring;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>Makes observations of bytes: frames, envelopes, pairs. Runs on one thread; knows no plugin.</summary>
public sealed class SessionObserver
{
    /// <summary>How much lower than the session's the priority of everything that observes is: the session comes first on a busy machine.</summary>
    public const int Nice = 10;

    private const int MaxErrorLine = 16 * 1024;
    private readonly IObservationSink _sink;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly MessageFramer[] _framers;
    private readonly MessageFramer _answers;
    private readonly Correlator _correlator = new();
    private readonly SessionStatistics _statistics = new();
    private readonly DeliveryGap?[] _gaps = new DeliveryGap?[3];
    private readonly MissedBecause[] _skippedBecause = new MissedBecause[3];
    private long _now;
    private ulong _sequence;
    private string? _protocolVersion;
    private (string Name, string Version)? _client;
    private bool _initialized;
    private bool _isStopped;

    /// <summary>Creates the observer of one session.</summary>
    /// <param name="sink">Takes the observations.</param>
    /// <param name="bufferSize">The size in bytes of the largest message that is observed whole.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="started">When the session started, by that clock; null: now.</param>
    public SessionObserver(IObservationSink sink, long bufferSize, TimeProvider timeProvider, long? started = null)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _sink = sink;
        BufferSize = bufferSize;
        _time = timeProvider;
        _now = _start = started ?? timeProvider.GetTimestamp();
        _framers =
        [
            new MessageFramer(bufferSize, new MessageSink(this, Direction.Inbound)),
            new MessageFramer(bufferSize, new MessageSink(this, Direction.Outbound)),
            new MessageFramer(MaxErrorLine, new ErrorLineSink(this)),
        ];
        _answers = new MessageFramer(bufferSize, new MessageSink(this, Direction.Outbound));
    }

    /// <summary>The size in bytes of the largest message that is observed whole.</summary>
    public long BufferSize { get; }

    /// <summary>What was seen so far; read it when the tap has completed.</summary>
    public SessionStatistics Statistics
    {
        get
        {
            _statistics.Unanswered = _correlator.Unanswered;
            return _statistics;
        }
    }

    /// <summary>The sequence of the last item.</summary>
    public ulong Sequence => _sequence;

    /// <summary>Takes over from another observer, which is gone. Before the first bytes.</summary>
    /// <param name="lost">Items that it had made, and that did not reach all plugins.</param>
    /// <param name="lines">For each stream, how many bytes it took of the line begun there; the rest of that line is missed, too.</param>
    public void Resume(long lost, ReadOnlySpan<long> lines)
    {
        if (lost > 0)
            Lose(new DeliveryGap(lost, 0, DropReason.HostEnded, null));
        for (var lane = 0; lane < lines.Length; lane++)
        {
            if (lines[lane] == 0)
                continue;
            _framers[lane].SkipToNextLine();
            AddGap((Channel)lane, new DeliveryGap(1, lines[lane], DropReason.HostEnded, NameOf((Channel)lane)));
        }
    }

    /// <summary>Nothing of the session can be observed.</summary>
    /// <param name="reason">A <see cref="DropReason"/>.</param>
    public void ObserveNothing(string reason) => Emit(DeliveryGap.EventType, new DeliveryGap(0, 0, reason, null).ToData());

    /// <summary>Takes the next bytes of one of the streams.</summary>
    /// <param name="seen">The bytes; none at the end of the stream.</param>
    public void Observe(in SeenBytes seen)
    {
        _now = seen.Timestamp;
        var framer = seen.Fate == PieceFate.Answer ? _answers : _framers[(int)seen.Channel];
        _isStopped = seen.Fate != PieceFate.Forwarded;
        if (seen.Missed.Bytes > 0)
            OnGap(seen.Channel, seen.Missed);
        if (seen.Skipped > 0)
        {
            framer.Skip(seen.Skipped);
            _skippedBecause[(int)seen.Channel] |= seen.Missed.Because;
        }

        if (seen.Bytes.IsEmpty)
            framer.Complete();
        else
            framer.Append(seen.Bytes);
    }

    /// <summary>Reports something that happened to the session now. Only on the thread that observes.</summary>
    /// <param name="type">The event's type (<c>docs/protocol.md</c>).</param>
    /// <param name="data">Details.</param>
    public void Report(string type, IReadOnlyDictionary<string, string> data)
    {
        _now = _time.GetTimestamp();
        Emit(type, data);
    }

    /// <summary>The one copy of a message's bytes, which all plugins share.</summary>
    private static byte[] Copy(ReadOnlySpan<byte> payload)
    {
        var copy = GC.AllocateUninitializedArray<byte>(payload.Length);
        payload.CopyTo(copy);
        return copy;
    }

    private static string NameOf(Channel channel) =>
        channel switch
        {
            Channel.Inbound => "inbound",
            Channel.Outbound => "outbound",
            _ => "stderr",
        };

    /// <summary>
    /// The line begun, and the one in which the gap ends, are lost with what was missed. Plugins are told when the rest of that is known, and
    /// so before the next line of this stream.
    /// </summary>
    private void OnGap(Channel channel, MissedBytes gap)
    {
        var framer = _framers[(int)channel];
        var begun = gap.EndsInLine ? framer.SkipToNextLine() : framer.Forget();

        // A line that the last gap ended in, and that this one ends, was counted there.
        var lines = gap.Lines + (gap.EndsInLine ? 1 : 0) - (_gaps[(int)channel] is null ? 0 : 1);
        AddGap(channel, new DeliveryGap(lines, gap.Bytes + begun, DropReason.Of(gap.Because), NameOf(channel)));
        if (!gap.EndsInLine)
            CloseGap(channel);
    }

    private void AddGap(Channel channel, DeliveryGap gap)
    {
        ref var open = ref _gaps[(int)channel];
        open = open?.With(gap) ?? gap;
    }

    private void CloseGap(Channel channel)
    {
        if (_gaps[(int)channel] is not { } gap)
            return;
        _gaps[(int)channel] = null;
        if (gap is { Items: 0, Bytes: 0 })
            return;
        Lose(gap);
    }

    private void Lose(DeliveryGap gap)
    {
        _statistics.Miss(gap);
        Emit(DeliveryGap.EventType, gap.ToData());
    }

    private void OnSkipped(Channel channel, long size)
    {
        AddGap(channel, new DeliveryGap(0, size, "", NameOf(channel)));
        CloseGap(channel);
    }

    private void OnMessage(Direction direction, ReadOnlySpan<byte> line)
    {
        line = EnvelopeReader.WithoutMark(line);
        if (line.IndexOfAnyExcept(" \t\r"u8) < 0)
            return;
        if (!BatchReader.IsBatch(line))
        {
            OnMessage(direction, line, EnvelopeReader.Read(line), line.Length);
            return;
        }

        var elements = BatchReader.Split(line, out var error);
        if (elements.Count == 0)
            OnMessage(direction, line, new JsonRpcEnvelope { ParseError = error }, line.Length);
        foreach (var element in elements)
        {
            var envelope =
                line[element][0] == '['
                    ? new JsonRpcEnvelope { ParseError = "a batch inside a batch" }
                    : EnvelopeReader.Read(line[element]);
            OnMessage(direction, line[element], envelope, line[element].Length);
        }
    }

    /// <summary>Only the ends of a line are there: it is too large, or the tap could not keep what lies between.</summary>
    private void OnLargeMessage(Direction direction, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size)
    {
        head = EnvelopeReader.WithoutMark(head);
        if (head.IsEmpty)
        {
            // Missed from its first byte on.
            OnCut((Channel)direction, size, items: 1);
            return;
        }

        var envelope = EnvelopeReader.ReadTruncated(head, tail);
        if (envelope.Kind == JsonRpcKind.NotJsonRpc && EnvelopeReader.FirstByte(head) is (byte)'{' or (byte)'[')
            envelope = envelope with { ParseError = "only the beginning and the end were kept, and they do not tell what the message is" };
        OnMessage(direction, head, envelope, size, truncated: true);
    }

    /// <summary>The middle of a line was missed that would have been observed whole.</summary>
    private void OnCut(Channel channel, long bytes, long items = 0)
    {
        AddGap(channel, new DeliveryGap(items, bytes, DropReason.Of(_skippedBecause[(int)channel]), NameOf(channel)));
        _skippedBecause[(int)channel] = MissedBecause.None;
        CloseGap(channel);
    }

    private void OnMessage(Direction direction, ReadOnlySpan<byte> payload, in JsonRpcEnvelope envelope, long size, bool truncated = false)
    {
        // :: Step 5 — the envelope was read in one pass; now the message finds its request.
        var sequence = ++_sequence;
        var exchange = _correlator.Relate(direction, envelope, sequence, _now, _time);
        var isCut = truncated && size <= BufferSize;
        _statistics.Count(direction, envelope, exchange, size, isAboveLimit: truncated && !isCut, isCut, _isStopped);
        var wanted = _sink.Wants(new(direction, envelope.Kind, envelope.Method ?? exchange.Method, exchange.IsAmbiguous));
        if (wanted != WantedPart.Nothing)
            _sink.Observe(
                new ObservedMessage
                {
                    Sequence = sequence,
                    SessionTime = Elapsed(),
                    Direction = direction,
                    Envelope = envelope,
                    Payload = wanted == WantedPart.Payload ? Copy(payload) : default(ReadOnlyMemory<byte>),
                    Size = size,
                    Truncated = truncated,
                    IsStopped = _isStopped,
                    Exchange = exchange,
                }
            );
        if (isCut)
            OnCut((Channel)direction, size - payload.Length);
        if (envelope.Kind == JsonRpcKind.NotJsonRpc)
            OnNoise(direction, envelope, payload, size, truncated);
        else if (!_isStopped)
            NoteInitialization(direction, envelope, payload);
    }

    private void OnNoise(Direction direction, in JsonRpcEnvelope envelope, ReadOnlySpan<byte> line, long size, bool truncated)
    {
        if (envelope.ParseError is { } error)
            _sink.Observe(
                new ObservedError
                {
                    Sequence = ++_sequence,
                    SessionTime = Elapsed(),
                    Type = "parse_error",
                    Message = error,
                    Direction = direction,
                }
            );

        // What begins like a message and is cut is more likely one than not.
        if (direction == Direction.Inbound || (truncated && envelope.ParseError is not null))
            return;
        Emit(
            "stdout.noise",
            new Dictionary<string, string>
            {
                ["size"] = size.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["text"] = TextExcerpt.OfLine(line),
            }
        );
    }

    /// <summary>Legacy sessions say when they are ready; modern ones (2026-07-28) are from their first request on.</summary>
    private void NoteInitialization(Direction direction, in JsonRpcEnvelope envelope, ReadOnlySpan<byte> message)
    {
        if (_initialized)
            return;
        if (direction == Direction.Inbound && envelope.Kind == JsonRpcKind.Request)
            _client = ClientReader.Read(message) ?? _client;
        _protocolVersion = envelope.ProtocolVersion ?? _protocolVersion;
        var modern = envelope.Kind == JsonRpcKind.Request && direction == Direction.Inbound && envelope.ProtocolVersion is not null;
        if (!modern && envelope.Method != "notifications/initialized")
            return;
        _initialized = true;
        var data = new Dictionary<string, string> { ["protocolVersion"] = _protocolVersion ?? "" };
        if (_client is { } client)
            (data["clientName"], data["clientVersion"]) = client;
        Emit("session.initialized", data);
    }

    private void Emit(string type, IReadOnlyDictionary<string, string> data) =>
        _sink.Observe(
            new ObservedEvent
            {
                Sequence = ++_sequence,
                SessionTime = Elapsed(),
                Type = type,
                Data = data,
            }
        );

    private TimeSpan Elapsed() => _time.GetElapsedTime(_start, _now);

    private sealed class MessageSink(SessionObserver owner, Direction direction) : IFrameSink
    {
        public void OnLine(ReadOnlySpan<byte> line) => owner.OnMessage(direction, line);

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size) =>
            owner.OnLargeMessage(direction, head, tail, size);

        public void OnSkipped(long size) => owner.OnSkipped((Channel)direction, size);
    }

    private sealed class ErrorLineSink(SessionObserver owner) : IFrameSink
    {
        public void OnLine(ReadOnlySpan<byte> line) =>
            owner.Emit("server.stderr", new Dictionary<string, string> { ["line"] = Encoding.UTF8.GetString(line) });

        public void OnLargeLine(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long size)
        {
            owner.Emit(
                "server.stderr",
                new Dictionary<string, string> { ["line"] = Encoding.UTF8.GetString(head), ["truncated"] = "true" }
            );
            if (size <= MaxErrorLine)
                owner.OnCut(Channel.ServerError, size - head.Length);
        }

        public void OnSkipped(long size) => owner.OnSkipped(Channel.ServerError, size);
    }
}
