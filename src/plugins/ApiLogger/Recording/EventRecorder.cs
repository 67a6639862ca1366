using System.Text;
using System.Text.Json;
using Kilometers.Contracts.Api;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Plugins.ApiLogger.Recording;

/// <summary>Makes the event of a message, as the JSON that is kept and sent. What it gives has no secrets any more.</summary>
/// <param name="session">The session.</param>
/// <param name="redactor">Masks secrets.</param>
/// <param name="payloads">Whether payloads are kept.</param>
internal sealed class EventRecorder(SessionInfo session, Redactor redactor, bool payloads)
{
    private readonly string _server = redactor.Redact(session.ServerLabel);

    /// <exception cref="InvalidOperationException">The host says neither direction nor kind that this version knows.</exception>
    public byte[] Record(ObservedMessage message)
    {
        var method = redactor.Redact(message.Method);
        var name = redactor.Redact(message.Name);
        var requestId = Encoding.UTF8.GetString(redactor.Redact(Encoding.UTF8.GetBytes(message.Id)).Span);
        var correlationId = redactor.Redact(message.CorrelationId);
        var hasPayload = payloads && !message.PayloadOmitted;
        var payload = hasPayload ? redactor.Redact(message.Payload) : default;
        var item = new EventItem
        {
            Id = EventId.Create(message.Time, session.Id, message.Sequence),
            Timestamp = message.Time,
            Direction = message.Direction switch
            {
                MessageDirection.Inbound => EventDirection.Inbound,
                MessageDirection.Outbound => EventDirection.Outbound,
                var other => throw new InvalidOperationException($"Message {message.Sequence} has the unknown direction {other}."),
            },
            Kind = message.Kind switch
            {
                MessageKind.Request => EventKind.Request,
                MessageKind.Response => EventKind.Response,
                MessageKind.ErrorResponse => EventKind.ErrorResponse,
                MessageKind.Notification => EventKind.Notification,
                MessageKind.NotJsonRpc => EventKind.NotJsonRpc,
                var other => throw new InvalidOperationException($"Message {message.Sequence} has the unknown kind {other}."),
            },
            Method = OrNull(method),
            Name = OrNull(name),
            RequestId = OrNull(requestId),
            // With the cast: null would become an empty payload by way of an empty array.
            Payload = hasPayload ? (ReadOnlyMemory<byte>?)payload : null,
            Size = message.Size,
            CorrelationId = OrNull(correlationId),
            SessionId = session.Id,
            Server = _server,
            Sequence = (long)Math.Min(message.Sequence, long.MaxValue),
            IsError = message.Kind == MessageKind.Response && message.ErrorCode.Length > 0 ? true : null,
            Truncated = hasPayload && message.IsTruncated,
            Redacted =
                method != message.Method
                || name != message.Name
                || requestId != message.Id
                || correlationId != message.CorrelationId
                || _server != session.ServerLabel
                || (hasPayload && !payload.Equals(message.Payload)),
        };
        return JsonSerializer.SerializeToUtf8Bytes(item, ApiEventJsonContext.Default.EventItem);
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
