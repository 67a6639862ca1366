using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Reporting;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>Follows the lists of one session: pins what is new, and reports what changed and what is suspicious.</summary>
/// <param name="server">The server's record.</param>
/// <param name="findings">Where reports go.</param>
/// <param name="inspector">Looks at definitions.</param>
/// <param name="enterTools">Compares the names of tools with those of other servers.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class DefinitionWatch(
    SessionServer server,
    SessionFindings findings,
    DefinitionInspector inspector,
    Func<IEnumerable<string>, IReadOnlyList<Finding>> enterTools,
    Func<string, string> mask
)
{
    /// <summary>Requests whose answers are waited for; a client asks for far fewer at once.</summary>
    private const int MaxRequests = 256;

    /// <summary>Characters of one list that are kept to be shown. Of a longer one, only the beginning of each value is kept.</summary>
    private const int MaxKept = 1024 * 1024;

    private const int ShortText = 60;

    private readonly Dictionary<string, string> _cursors = [];
    private readonly Dictionary<DefinitionKind, ListPages> _lists = [];

    /// <summary>Takes a message, of any kind.</summary>
    public void Handle(ObservedMessage message)
    {
        if (ListAnswer.KindOf(message.Method) is not { } kind)
            return;
        if (message.Kind == MessageKind.Request && message.Direction == MessageDirection.Inbound)
        {
            if (_cursors.Count < MaxRequests && ListAnswer.CursorOf(message.Payload) is { } cursor)
                _cursors[message.CorrelationId] = cursor;
        }
        else if (message.Kind == MessageKind.Response && message.Direction == MessageDirection.Outbound)
        {
            _cursors.Remove(message.CorrelationId, out var cursor);
            Answered(kind, message, cursor);
        }
    }

    /// <summary>The session ends: lists that were not read to their end are taken as far as they go.</summary>
    public void End()
    {
        foreach (var pages in _lists.Values.Where(pages => pages.HasOpen))
            Take(pages.Kind, pages.Take(), isComplete: false);
    }

    private void Answered(DefinitionKind kind, ObservedMessage message, string? cursor)
    {
        if (ListAnswer.Read(kind, message, out var next) is not { } page)
        {
            findings.Report(
                [
                    Unchecked.Of(
                        $"the answer to {message.Method}",
                        "could not be read as a whole: guard did not compare it with what was approved",
                        Severity.Medium
                    ),
                ],
                message
            );
            return;
        }

        if (!_lists.TryGetValue(kind, out var pages))
            _lists[kind] = pages = new ListPages(kind);
        if (pages.Add(cursor, next, page) is { } list)
            Take(kind, list.Definitions, list.IsComplete);
        findings.Report(inspector.Inspect(page), message);
    }

    private void Take(DefinitionKind kind, IReadOnlyList<SentDefinition> definitions, bool isComplete)
    {
        var isLong = definitions.Sum(one => one.Fields.Sum(field => (long)Math.Min(field.Text.Length, DefinitionField.MaxText))) > MaxKept;
        var maxText = isLong ? ShortText : DefinitionField.MaxText;
        if (server.Observe(new DefinitionList(kind, [.. definitions.Select(one => one.Pin(mask, maxText))], isComplete)) is { } changes)
            findings.Report(changes);
        if (kind == DefinitionKind.Tool)
            findings.Report(enterTools(definitions.Select(one => one.Name)));
    }
}
