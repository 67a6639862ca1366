using System.Globalization;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Recordings;

namespace Kilometers.Transcripts;

/// <summary>Makes recorded messages of bytes, and pairs them by the rules by which <c>km monitor</c> does. For one session.</summary>
internal sealed class MessagePairing
{
    private readonly Correlator _correlator = new();
    private readonly TickTime _time = new();

    /// <summary>The next message of the session.</summary>
    /// <param name="sequence">Its position, above those before it.</param>
    /// <param name="time">When it was seen.</param>
    /// <param name="direction">Which way it went.</param>
    /// <param name="payload">Its bytes, without the end of the line.</param>
    /// <param name="isTruncated">Whether they are only the beginning.</param>
    public RecordedMessage Next(
        long sequence,
        DateTimeOffset time,
        RecordedDirection direction,
        ReadOnlyMemory<byte> payload,
        bool isTruncated = false
    )
    {
        var envelope = isTruncated ? EnvelopeReader.ReadTruncated(payload.Span, default) : EnvelopeReader.Read(payload.Span);
        var way = direction == RecordedDirection.Out ? Direction.Outbound : Direction.Inbound;
        var exchange = _correlator.Relate(way, envelope, (ulong)sequence, time.UtcTicks, _time);
        var isOfCall = envelope.Kind == JsonRpcKind.Request || exchange.RequestSequence > 0;
        return new RecordedMessage
        {
            Sequence = sequence,
            Time = time,
            Direction = direction,
            Kind = envelope.Kind == JsonRpcKind.NotJsonRpc ? RecordedKind.NotJsonRpc : (RecordedKind)envelope.Kind,
            Method = envelope.Method ?? exchange.Method ?? "",
            Name = envelope.Name ?? exchange.Name ?? "",
            RequestId = envelope.Id ?? "",
            CorrelationId = isOfCall ? Number(exchange.Number) : "",
            RetryOf = exchange.RetryOf > 0 ? Number(exchange.RetryOf) : "",
            RequestSequence = (long)exchange.RequestSequence,
            Latency = exchange.Latency,
            ErrorCode = envelope.ErrorCode ?? "",
            ErrorText = envelope.ErrorText ?? "",
            Size = payload.Length,
            Payload = payload,
            IsTruncated = isTruncated,
        };
    }

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A clock whose timestamps are ticks of the time of day.</summary>
    private sealed class TickTime : TimeProvider
    {
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }
}
