using Google.Protobuf;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;
using Kilometers.Wire.V2;
using ObservedError = Kilometers.Monitoring.Observation.ObservedError;
using WireDirection = Kilometers.Wire.V2.Direction;
using WireKind = Kilometers.Wire.V2.MessageKind;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>Turns observations into contract version 2's messages. Payloads are wrapped, not copied.</summary>
internal static class WireMapping
{
    public static Item ToWire(ObservedItem item, SessionFacts facts, bool metadataOnly)
    {
        var wire = new Item { Sequence = item.Sequence };
        switch (item)
        {
            case ObservedMessage message:
                wire.Message = ToWire(message, facts, metadataOnly);
                break;
            case ObservedError error:
                wire.Error = new Wire.V2.ObservedError
                {
                    Type = error.Type,
                    Message = error.Message,
                    Direction = ToWire(error.Direction),
                    UnixTimeNs = UnixNanoseconds(facts.Started + error.SessionTime),
                };
                break;
            case ObservedEvent occurrence:
                wire.Event = new StreamEvent
                {
                    Type = occurrence.Type,
                    UnixTimeNs = UnixNanoseconds(facts.Started + occurrence.SessionTime),
                };
                foreach (var (key, value) in occurrence.Data)
                    wire.Event.Data[key] = value;
                break;
        }

        return wire;
    }

    public static Session ToWire(SessionFacts facts) =>
        new()
        {
            Id = facts.SessionId,
            ServerLabel = facts.ServerLabel,
            Command = facts.ServerCommand,
            HostVersion = facts.HostVersion,
            StartedUnixTimeNs = UnixNanoseconds(facts.Started),
            Color = facts.Color,
            HoldsRequests = facts.HoldsRequests,
        };

    public static long UnixNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static JsonRpcKind FromWire(WireKind kind) =>
        kind switch
        {
            WireKind.Request => JsonRpcKind.Request,
            WireKind.Response => JsonRpcKind.Response,
            WireKind.ErrorResponse => JsonRpcKind.ErrorResponse,
            WireKind.Notification => JsonRpcKind.Notification,
            _ => JsonRpcKind.NotJsonRpc,
        };

    /// <summary>A request that is held, and so not observed yet.</summary>
    public static Message ToWire(HeldCall request, DateTimeOffset now) =>
        new()
        {
            Direction = WireDirection.Inbound,
            Kind = ToWire(request.Envelope.Kind),
            Payload = UnsafeByteOperations.UnsafeWrap(request.Payload),
            Method = request.Envelope.Method ?? "",
            Id = request.Envelope.Id ?? "",
            Name = request.Envelope.Name ?? "",
            UnixTimeNs = UnixNanoseconds(now),
            Size = (ulong)request.Payload.Length,
        };

    private static Message ToWire(ObservedMessage message, SessionFacts facts, bool metadataOnly)
    {
        var wire = new Message
        {
            Direction = ToWire(message.Direction),
            Kind = ToWire(message.Envelope.Kind),
            CorrelationId = WireText.CorrelationId(facts.SessionId, message.Exchange.Number),
            RequestSequence = message.Exchange.RequestSequence,
            UnixTimeNs = UnixNanoseconds(facts.Started + message.SessionTime),
            MonotonicNs = message.SessionTime.Ticks * 100,
            Size = (ulong)message.Size,
            Truncated = message.Truncated,
            PayloadOmitted = metadataOnly,
            Stopped = message.IsStopped,
        };
        if (!metadataOnly)
            wire.Payload = UnsafeByteOperations.UnsafeWrap(message.Payload);
        if (message.Method is { } method)
            wire.Method = method;
        if (message.Envelope.Id is { } id)
            wire.Id = id;
        if (message.Name is { } name)
            wire.Name = name;
        if (message.Exchange.Latency is { } latency)
            wire.LatencyNs = Math.Max(1, latency.Ticks * 100);
        if (message.Envelope.ErrorCode is { } code)
            wire.ErrorCode = code;
        if (message.Envelope.ErrorText is { } text)
            wire.ErrorText = text;
        wire.Ambiguous = message.Exchange.IsAmbiguous;
        if (message.Exchange.RetryOf != 0)
            wire.RetryOf = WireText.CorrelationId(facts.SessionId, message.Exchange.RetryOf);
        return wire;
    }

    private static WireDirection ToWire(Monitoring.JsonRpc.Direction direction) =>
        direction == Monitoring.JsonRpc.Direction.Inbound ? WireDirection.Inbound : WireDirection.Outbound;

    private static WireKind ToWire(JsonRpcKind kind) =>
        kind switch
        {
            JsonRpcKind.Request => WireKind.Request,
            JsonRpcKind.Response => WireKind.Response,
            JsonRpcKind.ErrorResponse => WireKind.ErrorResponse,
            JsonRpcKind.Notification => WireKind.Notification,
            _ => WireKind.NotJsonRpc,
        };
}
