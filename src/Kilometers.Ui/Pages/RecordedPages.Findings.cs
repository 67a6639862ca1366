using Kilometers.Cli.Commands.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Ui.Pages;

/// <summary>What plugins found: on a page of its own, and beside calls.</summary>
internal sealed partial class RecordedPages
{
    private const int MaxFindings = 200;

    public Task FindingsAsync(HttpContext context) => PageAsync(context, reader =>
        {
            var (head, scope, filter) = Range(context, reader, "findings");
            if (filter is null)
                return null;
            var tool = Query(context, "tool");
            var all = (head is null ? found.Read(filter.Since) : FindingsOf(head.Session))
                .Where(one => (filter.Server is null || one.Server == filter.Server) && (tool is null || one.Tool == tool))
                .ToList();
            var sessions = new Dictionary<string, RecordedSession?>(StringComparer.Ordinal);
            return FindingsSlice.Create(
                new FindingsModel(
                    head,
                    scope,
                    tool,
                    [.. all.Take(MaxFindings).Select(one => Shown(reader, one, sessions))],
                    all.Count > MaxFindings
                )
            );
        });

    private static ShownFinding Shown(RecordingReader reader, PluginFinding one, Dictionary<string, RecordedSession?> sessions)
    {
        if (!sessions.TryGetValue(one.Session, out var session))
            sessions[one.Session] = session = reader.SessionOf(one.Session);
        return new ShownFinding(one, session, session is not null && one.Call > 0 ? CallList.At(reader, session.Row, one.Call) : null);
    }

    private IReadOnlyList<PluginFinding> FindingsOf(RecordedSession session) => found.Read(session.Started, session.Key);

    /// <summary>The findings of a session by the positions of their calls.</summary>
    private ILookup<long, PluginFinding> FindingsByCall(RecordedSession session) =>
        FindingsOf(session).Where(one => one.Call > 0).ToLookup(one => one.Call);

    /// <summary>How many findings there are of each tool.</summary>
    private Dictionary<string, int> FindingsByTool(SessionHead? head, CallFilter filter) =>
        (head is null ? found.Read(filter.Since) : FindingsOf(head.Session))
            .Where(one => one.Tool is not null && (filter.Server is null || one.Server == filter.Server))
            .CountBy(one => one.Tool!)
            .ToDictionary(StringComparer.Ordinal);
}
