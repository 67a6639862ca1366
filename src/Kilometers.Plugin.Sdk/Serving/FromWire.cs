using Kilometers.Plugin.Sdk.Observing;
using Wire2 = Kilometers.Wire.V2;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>Contract version 2's messages as the author sees them. Payloads are handed over, not copied.</summary>
internal static class FromWire
{
    public static ObservedMessage Message(ulong sequence, Wire2.Message message) =>
        new()
        {
            // Enum values of a newer host stay as numbers that no name stands for; the SDK's have the wire's values.
            Direction = (MessageDirection)message.Direction,
            Kind = (MessageKind)message.Kind,
            Payload = message.Payload.Memory,
            Method = message.Method,
            Id = message.Id,
            Name = message.Name,
            CorrelationId = message.CorrelationId,
            Sequence = sequence,
            RequestSequence = message.RequestSequence,
            Time = WireTime.FromNanoseconds(message.UnixTimeNs),
            SinceSessionStart = WireTime.Span(message.MonotonicNs),
            Size = (long)Math.Min(message.Size, long.MaxValue),
            IsTruncated = message.Truncated,
            PayloadOmitted = message.PayloadOmitted,
            Latency = message.LatencyNs > 0 ? WireTime.Span(message.LatencyNs) : null,
            ErrorCode = message.ErrorCode,
            RetryOf = message.RetryOf,
            IsAmbiguous = message.Ambiguous,
            ErrorText = message.ErrorText,
            IsStopped = message.Stopped,
        };

    public static ObservedError Error(ulong sequence, Wire2.ObservedError error) =>
        new()
        {
            Sequence = sequence,
            Type = error.Type,
            Message = error.Message,
            Direction = (MessageDirection)error.Direction,
            Time = WireTime.FromNanoseconds(error.UnixTimeNs),
        };

    public static StreamEvent Event(ulong sequence, Wire2.StreamEvent streamEvent) =>
        new()
        {
            Sequence = sequence,
            Type = streamEvent.Type,
            Time = WireTime.FromNanoseconds(streamEvent.UnixTimeNs),
            Data = new Dictionary<string, string>(streamEvent.Data),
        };

    public static SessionInfo Session(Wire2.Session session) =>
        new()
        {
            Id = session.Id,
            ServerLabel = session.ServerLabel,
            Command = session.Command,
            HostVersion = session.HostVersion,
            StartedAt = WireTime.FromNanoseconds(session.StartedUnixTimeNs),
            HoldsRequests = session.HoldsRequests,
        };

    public static PluginConfiguration Configuration(Wire2.PluginConfig config) =>
        new()
        {
            ApiEndpoint = config.ApiEndpoint,
            Debug = config.Debug,
            Settings = new Dictionary<string, string>(config.Settings),
            StateDirectory = config.StateDirectory,
            Color = config.Color,
        };
}
