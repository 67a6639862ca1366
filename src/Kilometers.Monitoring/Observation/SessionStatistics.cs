using System.Collections.Concurrent;
using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>Counts of one session. Written on the observer's thread.</summary>
public sealed class SessionStatistics
{
    private readonly ConcurrentDictionary<string, DeliveryGap> _missed = new();

    /// <summary>Messages from the client.</summary>
    public long Inbound { get; private set; }

    /// <summary>Messages from the server.</summary>
    public long Outbound { get; private set; }

    /// <summary>Bytes of the messages from the client.</summary>
    public long InboundBytes { get; private set; }

    /// <summary>Bytes of the messages from the server.</summary>
    public long OutboundBytes { get; private set; }

    /// <summary>Error responses, and results with <c>isError</c>.</summary>
    public long Errors { get; private set; }

    /// <summary>Requests that were not answered; neither cancelled ones nor subscriptions.</summary>
    public long Unanswered { get; internal set; }

    /// <summary>Responses that could belong to more than one request.</summary>
    public long Ambiguous { get; private set; }

    /// <summary>Lines that are not a JSON-RPC message.</summary>
    public long NotJsonRpc { get; private set; }

    /// <summary>Messages above <c>--buffer-size</c>, observed in part.</summary>
    public long Truncated { get; private set; }

    /// <summary>Messages of which km could not keep the middle.</summary>
    public long Cut { get; private set; }

    /// <summary>What was not observed, by reason.</summary>
    public IReadOnlyDictionary<string, DeliveryGap> Missed => _missed;

    /// <summary>Times from request to response.</summary>
    public LatencyHistogram Latency { get; } = new();

    internal void Miss(DeliveryGap gap) => _missed[gap.Reason] = _missed.TryGetValue(gap.Reason, out var earlier) ? earlier.With(gap) : gap;

    internal void Count(
        Direction direction,
        in JsonRpcEnvelope envelope,
        in Exchange exchange,
        long size,
        bool isAboveLimit,
        bool isCut,
        bool isStopped
    )
    {
        if (direction == Direction.Inbound)
            (Inbound, InboundBytes) = (Inbound + 1, InboundBytes + size);
        else
            (Outbound, OutboundBytes) = (Outbound + 1, OutboundBytes + size);
        if (envelope.ErrorCode is not null)
            Errors++;
        if (envelope.Kind == JsonRpcKind.NotJsonRpc)
            NotJsonRpc++;
        if (isAboveLimit)
            Truncated++;
        if (isCut)
            Cut++;
        if (exchange.IsAmbiguous)
            Ambiguous++;

        // A subscription's answer comes when it ends: that is not a latency (docs/protocol.md). Nor is what km answers itself.
        if (!isStopped && exchange.Latency is { } latency && exchange.Method != "subscriptions/listen")
            Latency.Add(latency);
    }
}
