using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.Plugin.Sdk.Serving;

/// <summary>Finds out about a message what a version 1 host does not say: its kind, names and latency. Called for one message at a time.</summary>
internal sealed class Observer(TimeProvider timeProvider)
{
    /// <summary>The most requests remembered while their responses are awaited; the oldest is forgotten first.</summary>
    private const int MaxPending = 4096;

    private readonly Dictionary<string, Pending> _pending = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly long _started = timeProvider.GetTimestamp();

    public DateTimeOffset Now => timeProvider.GetUtcNow();

    public ObservedMessage Observe(ReadOnlyMemory<byte> data, string direction, string correlationId)
    {
        var envelope = Envelope.Read(data.Span);
        var now = timeProvider.GetTimestamp();
        Pending? request = null;
        if (envelope.Kind == MessageKind.Request)
            Remember(correlationId, new(envelope.Method, envelope.Name, now));
        else if (envelope.Kind is MessageKind.Response or MessageKind.ErrorResponse && _pending.Remove(correlationId, out var found))
            request = found;
        return new()
        {
            Direction = direction switch
            {
                "inbound" => MessageDirection.Inbound,
                "outbound" => MessageDirection.Outbound,
                _ => MessageDirection.Unknown,
            },
            Kind = envelope.Kind,
            Payload = data,
            Method = request?.Method ?? envelope.Method,
            Id = envelope.Id,
            Name = request?.Name ?? envelope.Name,
            CorrelationId = correlationId,
            Time = Now,
            SinceSessionStart = timeProvider.GetElapsedTime(_started, now),
            Size = data.Length,
            Latency = request is { } sent ? timeProvider.GetElapsedTime(sent.Timestamp, now) : null,
            ErrorCode = envelope.ErrorCode,
        };
    }

    /// <summary>What of a message the plugin wants to see; null: nothing.</summary>
    public static ObservedMessage? Reduce(ObservedMessage message, Interest interest)
    {
        if (interest.Directions.Count > 0 && !interest.Directions.Contains(message.Direction))
            return null;
        if (interest.Kinds.Count > 0 && !interest.Kinds.Contains(message.Kind))
            return null;
        if (interest.Methods.Count > 0 && !interest.Methods.Any(glob => MethodGlob.Matches(glob, message.Method)))
            return null;
        if (!interest.MetadataOnly)
            return message;
        return new()
        {
            Direction = message.Direction,
            Kind = message.Kind,
            PayloadOmitted = true,
            Method = message.Method,
            Id = message.Id,
            Name = message.Name,
            CorrelationId = message.CorrelationId,
            Time = message.Time,
            SinceSessionStart = message.SinceSessionStart,
            Size = message.Size,
            Latency = message.Latency,
            ErrorCode = message.ErrorCode,
        };
    }

    private void Remember(string correlationId, Pending request)
    {
        if (!_pending.TryAdd(correlationId, request))
            return;
        _order.Enqueue(correlationId);
        if (_order.Count > MaxPending)
            _pending.Remove(_order.Dequeue());
    }

    private readonly record struct Pending(string Method, string Name, long Timestamp);
}
