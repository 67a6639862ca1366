using System.Text;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Recordings;
using Kilometers.Transcripts;

namespace Kilometers.Cli.Commands.Transcripts;

/// <summary>Masks the secrets of a session, as the recorder does before it writes one.</summary>
internal static class TranscriptMasking
{
    /// <summary>Shorter ids are not secrets.</summary>
    private const int MinId = 8;

    public static Transcript Mask(Transcript transcript)
    {
        var redactor = new Redactor();
        var session = transcript.Session;
        return new Transcript
        {
            Session = session with
            {
                Server = session.Server is { } server ? redactor.Redact(server) : null,
                Command = session.Command is { } command ? redactor.Redact(command) : null,
                Payloads = session.Payloads == "off" ? "off" : "masked",
            },
            Items = [.. transcript.Items.Select(item => Mask(redactor, item))],
        };
    }

    private static RecordedItem Mask(Redactor redactor, RecordedItem item) =>
        item switch
        {
            RecordedMessage message => message with
            {
                Method = redactor.Redact(message.Method),
                Name = redactor.Redact(message.Name),
                RequestId = message.RequestId.Length < MinId ? message.RequestId : Id(redactor, message.RequestId),
                ErrorCode = redactor.Redact(message.ErrorCode),
                ErrorText = redactor.Redact(message.ErrorText),
                Payload = message.Payload is { } payload ? redactor.Redact(payload) : message.Payload,
            },
            RecordedErrorLine line => line with { Line = redactor.Redact(line.Line) },
            RecordedEvent occurrence => occurrence with
            {
                Data = occurrence.Data.ToDictionary(fact => fact.Key, fact => redactor.Redact(fact.Value)),
            },
            _ => item,
        };

    private static string Id(Redactor redactor, string id) => Encoding.UTF8.GetString(redactor.Redact(Encoding.UTF8.GetBytes(id)).Span);
}
