using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Reporting;
using Kilometers.Plugins.Guard.Secrets;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Flows;

/// <summary>What all sessions of the process know of what passes between servers.</summary>
/// <param name="Data">Passages and secrets.</param>
/// <param name="Orders">Instructions in results.</param>
/// <param name="Instructions">Tells where a text has instructions.</param>
internal sealed record SharedFlows(FlowMemory Data, OrderMemory Orders, Instructions Instructions);

/// <summary>Follows what passes from one server to another through the model, in one session.</summary>
/// <param name="session">The session.</param>
/// <param name="server">Its server.</param>
/// <param name="shared">What all sessions know.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class FlowWatch(SessionInfo session, SessionServer server, SharedFlows shared, Func<string, string> mask)
{
    /// <summary>What data comes in. Lists of definitions are the same in every session, and initialize has none.</summary>
    private static readonly HashSet<string> Sources = ["tools/call", "resources/read", "prompts/get"];

    /// <summary>What was reported: models pass on what they read in many pieces.</summary>
    private readonly HashSet<(string Key, string From, string To)> _reported = [];

    /// <summary>What a message shows.</summary>
    /// <param name="message">The message.</param>
    /// <param name="found">What was found in it.</param>
    public IEnumerable<Finding> Find(ObservedMessage message, IReadOnlyList<Finding> found) =>
        Find(message, found, new MessageTexts(message));

    /// <summary>The same, of a message whose strings may be known.</summary>
    public IEnumerable<Finding> Find(ObservedMessage message, IReadOnlyList<Finding> found, MessageTexts decoded)
    {
        if (!Sources.Contains(message.Method) || message.Payload.IsEmpty)
            return [];
        var subject = mask(MessageSearch.SubjectOf(message));
        var here = new FlowMessage(server.Key, server.Name, VisibleText.Of(subject), session.Id, message.Sequence, message.Time);
        var texts = decoded.All;
        if (message is { Kind: MessageKind.Request, Direction: MessageDirection.Inbound })
            return [.. Sent(here, subject, message, texts, found)];
        if (message is { Kind: MessageKind.Response or MessageKind.ErrorResponse, Direction: MessageDirection.Outbound })
            Received(here, texts, found);
        return [];
    }

    private void Received(FlowMessage here, IReadOnlyList<string> texts, IReadOnlyList<Finding> found)
    {
        shared.Data.Received(here, texts, found.Where(one => one.Code == ErrorCode.GuardSecret).Select(one => one.Hash!));
        if (!found.Any(one => one.Code is ErrorCode.GuardInstructions or ErrorCode.GuardHiddenText or ErrorCode.GuardEncodedText))
            return;
        foreach (var text in texts)
        {
            var plain = HiddenCharacters.Strip(text);
            if (shared.Instructions.Find(plain, TextOrigin.Result) is { } match)
                shared.Orders.Received(here, OrderTargets.Near(plain, match.Start), OrderTargets.ToolsIn(plain));
        }
    }

    private IEnumerable<Finding> Sent(
        FlowMessage here,
        string subject,
        ObservedMessage message,
        IReadOnlyList<string> texts,
        IReadOnlyList<Finding> found
    )
    {
        if (message.Method == "tools/call" && shared.Orders.Called(here, message.Name, texts) is var (order, target, isTool))
            yield return Of(
                ErrorCode.GuardObeyed,
                isTool ? Severity.Medium : Severity.High,
                subject,
                $"does what a result of server '{order.Label}' told the model to: {(isTool ? "the tool" : $"'{VisibleText.Of(mask(target))}'")} was named there, and the client had never used it before",
                $"{order} → {here}",
                "Look at what the call did, and undo it. Do not let the model read that source again."
            );
        var leaves = texts.Any(OrderTargets.HasAddress);
        foreach (var secret in found.Where(one => one.Code == ErrorCode.GuardSecret))
            if (shared.Data.SentSecret(here, secret.Hash!, leaves) is { } way)
                yield return Of(
                    ErrorCode.GuardSecretFlow,
                    Severity.High,
                    subject,
                    leaves
                        ? "sends a secret that a server gave the model to an address"
                        : "sends the server a secret that another server gave the model",
                    $"{way}: {secret.Evidence}",
                    "Replace the secret: it has left the server that it belongs to.",
                    secret.Hash
                );
        foreach (var text in texts)
        {
            if (shared.Data.Sent(here, text) is not { } match || !_reported.Add((match.Origin.Key, match.Origin.Subject, subject)))
                continue;
            var masked = mask(text);
            yield return Of(
                ErrorCode.GuardDataFlow,
                Severity.Medium,
                subject,
                $"sends the server what server '{match.Origin.Label}' sent",
                $"{match.Chain}: {VisibleText.Around(masked, Math.Min(match.Start, masked.Length), match.Length)}",
                "If this server should not have that data, find out what made the model pass it on."
            );
        }
    }

    private static Finding Of(
        string code,
        Severity severity,
        string subject,
        string summary,
        string evidence,
        string advice,
        string? hash = null
    ) =>
        new()
        {
            Code = code,
            Severity = severity,
            Subject = subject,
            Summary = summary,
            Evidence = evidence,
            Advice = advice,
            Hash = hash,
        };
}
