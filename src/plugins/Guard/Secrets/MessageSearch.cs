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
    /// <summary>What is in a message.</summary>
    public IReadOnlyList<Finding> Find(ObservedMessage message) => Find(message, new MessageTexts(message));

    /// <summary>The same, of a message whose strings may be known.</summary>
    public IReadOnlyList<Finding> Find(ObservedMessage message, MessageTexts texts)
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
        foreach (var text in texts.All)
        {
            if (isResult)
                foreach (var detector in detectors)
                foreach (var found in detector.Find(text, TextOrigin.Result))
                    findings.Add(Of(subject, found));
            if (secrets is not null)
                findings.AddRange(secrets.Find(text, subject, toServer));
        }

        if (message.Payload.Length > MessageTexts.MaxText || message.IsTruncated)
            findings.Add(
                Unchecked.Of(
                    subject,
                    $"is longer than {MessageTexts.MaxText / 1024} KB or cut off: guard searched only the beginning",
                    Severity.Low
                )
            );
        return findings;
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
