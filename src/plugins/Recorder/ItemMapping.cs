using System.Text;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Recordings;

namespace Kilometers.Plugins.Recorder;

/// <summary>Makes what is recorded of what is observed. Unless payloads are kept in full, what it returns has no secrets any more.</summary>
/// <param name="payloads">What is kept of payloads.</param>
/// <param name="redactor">Masks secrets.</param>
internal sealed class ItemMapping(Payloads payloads, Redactor redactor)
{
    public SessionDescription Session(SessionInfo session) =>
        new()
        {
            Key = session.Id,
            Server = Masked(session.ServerLabel),
            Command = redactor.Redact(session.Command),
            KmVersion = session.HostVersion,
            Payloads = payloads.ToString().ToLowerInvariant(),
            Started = session.StartedAt,
        };

    public RecordedMessage Message(ObservedMessage message) =>
        new()
        {
            Sequence = (long)message.Sequence,
            Time = message.Time,
            Direction = (RecordedDirection)message.Direction,
            Kind = (RecordedKind)message.Kind,
            Method = Masked(message.Method),
            Name = Masked(message.Name),
            RequestId = MaskedId(message.Id),
            CorrelationId = message.CorrelationId,
            RetryOf = message.RetryOf,
            RequestSequence = (long)message.RequestSequence,
            Latency = message.Latency,
            ErrorCode = Masked(message.ErrorCode),
            ErrorText = payloads == Payloads.Off ? "" : Masked(message.ErrorText),
            // Before anything is masked, and whether or not the payload is kept.
            Task = TaskOf(message),
            Size = message.Size,
            // With the cast: null would become an empty payload by way of an empty array.
            Payload = payloads == Payloads.Off || message.PayloadOmitted ? null : (ReadOnlyMemory<byte>?)Masked(message.Payload),
            IsTruncated = message.IsTruncated,
        };

    private TaskFacts TaskOf(ObservedMessage message)
    {
        var task = TaskFacts.Read(message.Payload.Span);
        return task.ErrorText.Length == 0 ? task : task with { ErrorText = payloads == Payloads.Off ? "" : Masked(task.ErrorText) };
    }

    /// <returns>Null where it is not kept.</returns>
    public RecordedItem? Event(StreamEvent occurrence)
    {
        if (occurrence.Type == StreamEventType.ServerStandardError)
            return payloads == Payloads.Off
                ? null
                : new RecordedErrorLine
                {
                    Sequence = (long)occurrence.Sequence,
                    Time = occurrence.Time,
                    Line = Masked(occurrence.Data.GetValueOrDefault("line") ?? ""),
                };
        var hasText = occurrence.Type == StreamEventType.StandardOutputNoise && payloads == Payloads.Off;
        return new RecordedEvent
        {
            Sequence = (long)occurrence.Sequence,
            Time = occurrence.Time,
            Type = occurrence.Type,
            Data = occurrence.Data.Where(fact => !hasText || fact.Key != "text").ToDictionary(fact => fact.Key, fact => Masked(fact.Value)),
        };
    }

    public RecordedEvent Error(ObservedError error) =>
        new()
        {
            Sequence = (long)error.Sequence,
            Time = error.Time,
            Type = error.Type,
            Data = new Dictionary<string, string>
            {
                ["message"] = payloads == Payloads.Off ? "" : Masked(error.Message),
                ["direction"] = error.Direction.ToString().ToLowerInvariant(),
            },
        };

    private string Masked(string text) => payloads == Payloads.Full ? text : redactor.Redact(text);

    /// <summary>An id is JSON: a number that looks like a secret stays one, a string stays quoted.</summary>
    private string MaskedId(string id) =>
        payloads == Payloads.Full || id.Length < 8 ? id : Encoding.UTF8.GetString(redactor.Redact(Encoding.UTF8.GetBytes(id)).Span);

    private ReadOnlyMemory<byte> Masked(ReadOnlyMemory<byte> payload) => payloads == Payloads.Full ? payload : redactor.Redact(payload);
}
