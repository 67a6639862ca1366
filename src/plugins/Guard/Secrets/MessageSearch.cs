using System.Text;
using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Definitions;
using Kilometers.Plugins.Guard.Reporting;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Secrets;

/// <summary>Searches the texts of one message: what a result tells the model, and what is secret in either direction.</summary>
/// <param name="detectors">What looks at the texts of results; none: they are not looked at.</param>
/// <param name="secrets">What looks for secrets; null: nothing does.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class MessageSearch(IReadOnlyList<ITextDetector> detectors, SecretSearch? secrets, Func<string, string> mask)
{
    /// <summary>Bytes of a message that are searched.</summary>
    public const int MaxText = 256 * 1024;

    /// <summary>Beyond this, a member of such a name is a file: an image, a sound.</summary>
    private const int MaxData = 1024;

    /// <summary>What is in a message.</summary>
    public IReadOnlyList<Finding> Find(ObservedMessage message)
    {
        if (message.Payload.IsEmpty || message.Kind == MessageKind.NotJsonRpc)
            return [];
        // Definitions are looked at as such: see DefinitionInspector.
        var isResult =
            message.Direction == MessageDirection.Outbound
            && message.Kind is MessageKind.Response or MessageKind.ErrorResponse
            && ListAnswer.KindOf(message.Method) is null;
        if (secrets is null && (!isResult || detectors.Count == 0))
            return [];
        var findings = new List<Finding>();
        var subject = mask(SubjectOf(message));
        var toServer = message.Direction == MessageDirection.Inbound;
        foreach (var text in Texts(message.Payload.Span))
        {
            if (isResult)
                findings.AddRange(
                    detectors.SelectMany(detector => detector.Find(text, TextOrigin.Result)).Select(found => Of(subject, found))
                );
            if (secrets is not null)
                findings.AddRange(secrets.Find(text, subject, toServer));
        }

        if (message.Payload.Length > MaxText || message.IsTruncated)
            findings.Add(
                Unchecked.Of(subject, $"is longer than {MaxText / 1024} KB or cut off: guard searched only the beginning", Severity.Low)
            );
        return findings;
    }

    /// <summary>The strings in a message, as far as it is JSON.</summary>
    internal static IReadOnlyList<string> Texts(ReadOnlySpan<byte> payload)
    {
        var texts = new List<string>();
        if (payload.Length > MaxText)
            payload = payload[..MaxText];
        var reader = new Utf8JsonReader(payload, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 256 }));
        var isData = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                    isData = reader.ValueTextEquals("data"u8) || reader.ValueTextEquals("blob"u8);
                else if (
                    reader.TokenType == JsonTokenType.String
                    && !(isData && reader.ValueSpan.Length > MaxData)
                    && reader.ValueSpan.Length > 3
                )
                    texts.Add(TextOf(ref reader));
            }
        }
        catch (JsonException)
        {
            // Not JSON from here on.
        }

        // A text that was cut off, or what is not JSON, is searched as it is written.
        if (reader.BytesConsumed < payload.Length)
            texts.Add(Encoding.UTF8.GetString(payload[(int)reader.BytesConsumed..]));
        return texts;
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    internal static string SubjectOf(ObservedMessage message)
    {
        var what = message.Method.Length > 0 ? message.Method : "a message";
        var name = message.Name.Length > 0 ? $"{what} '{message.Name}'" : what;
        return message.Kind is MessageKind.Response or MessageKind.ErrorResponse ? $"the result of {name}" : name;
    }

    private Finding Of(string subject, TextFinding found) =>
        new()
        {
            Code = found.Code,
            Severity = found.Severity,
            Subject = mask(subject),
            Summary = mask(found.Summary),
            Evidence = mask(found.Evidence),
            Advice = found.Advice,
        };
}
