using Kilometers.Monitoring.Correlation;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Observation;

/// <summary>Counts of one session. Written on the observer's thread.</summary>
public sealed class SessionStatistics
{
    /// <summary>Messages from the client.</summary>
    public long Inbound { get; private set; }

    /// <summary>Messages from the server.</summary>
    public long Outbound { get; private set; }

    /// <summary>Error responses, and results with <c>isError</c>.</summary>
    public long Errors { get; private set; }

    /// <summary>Lines that are no JSON-RPC message.</summary>
    public long NotJsonRpc { get; private set; }

    /// <summary>Messages above <c>--buffer-size</c>, observed in part.</summary>
    public long Truncated { get; private set; }

    /// <summary>Times from request to response.</summary>
    public LatencyHistogram Latency { get; } = new();

    internal void Count(Direction direction, in JsonRpcEnvelope envelope, in Exchange exchange, bool truncated)
    {
        if (direction == Direction.Inbound) Inbound++;
        else Outbound++;
        if (envelope.ErrorCode is not null) Errors++;
        if (envelope.Kind == MessageKind.NotJsonRpc) NotJsonRpc++;
        if (truncated) Truncated++;

        // A subscription's answer comes when it ends: that is no latency (docs/protocol.md).
        if (exchange.Latency is { } latency && exchange.Method != "subscriptions/listen") Latency.Add(latency);
    }
}
