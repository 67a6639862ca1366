using System.Text;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Tokens;
using Kilometers.Ui.Charts;
using Kilometers.Ui.Showing;

namespace Kilometers.Ui.Pages;

/// <summary>The pages that count, compare and search.</summary>
internal sealed partial class RecordedPages
{
    private const int TimelineParts = 120;
    private const int MaxTools = 20;
    private const int MaxDays = 31;
    private const int MaxFound = 200;
    private const double ChartLeft = 70;
    private const double ChartRight = 925;
    private const string DefaultSince = "7d";

    public Task ToolsAsync(HttpContext context) => PageAsync(context, reader =>
        {
            var (head, scope, filter) = Range(context, reader, "tools");
            if (filter is null)
                return null;
            var by =
                Enum.TryParse<StatisticsKey>(Query(context, "by"), ignoreCase: true, out var asked) && Enum.IsDefined(asked)
                    ? asked
                    : StatisticsKey.Tool;
            var figures = CallStatistics.Of(reader, by, filter);
            var offered = by == StatisticsKey.Tool ? Offered(reader, head?.Session.Server ?? scope?.Server) : [];
            var backlog = CountTokens(reader, filter);
            var called = figures.Select(one => one.Key).ToHashSet(StringComparer.Ordinal);
            return ToolsSlice.Create(
                new ToolsModel(
                    head,
                    scope,
                    by,
                    figures,
                    offered.DistinctBy(tool => tool.Name).ToDictionary(tool => tool.Name, StringComparer.Ordinal),
                    [.. offered.Where(tool => !called.Contains(tool.Name)).OrderByDescending(tool => tool.Size)],
                    tokens.Of(offered),
                    backlog,
                    by == StatisticsKey.Tool ? FindingsByTool(head, filter) : []
                )
            );
        });

    public Task ChartsAsync(HttpContext context) => PageAsync(context, reader =>
        {
            var (head, scope, filter) = Range(context, reader, "charts");
            if (filter is null)
                return null;
            // A chosen time that began long before the first session would be empty for the most part.
            var now = time.GetUtcNow();
            var from = head?.Session.Started ?? Later(filter.Since, reader.FirstStart(filter.Server) ?? now);
            var to = head is { IsRunning: false } ? head.Session.LastSeen : now;
            var end = to > from ? to.AddMilliseconds(1) : from.AddSeconds(1);
            var timeline = CallTimeline.Of(reader, filter, from, end, TimelineParts, MaxTools);
            var (parts, hours, classes) = (timeline.Parts, timeline.Hours, timeline.Classes);
            if (hours.Count == 0)
                return ChartsSlice.Create(new ChartsModel(head, scope, null, null, null, null));
            var axis = new TimeAxis(parts[0].Start, parts[^1].Start + timeline.PartLength, ChartLeft, ChartRight);
            var newest = DateOnly.FromDateTime(now.ToLocalTime().DateTime);
            var oldest = DateOnly.FromDateTime(hours[0].Hour.ToLocalTime().DateTime);
            var days = Enumerable
                .Range(0, Math.Clamp(newest.DayNumber - oldest.DayNumber + 1, 1, MaxDays))
                .Select(day => newest.AddDays(-day));
            return ChartsSlice.Create(
                new ChartsModel(
                    head,
                    scope,
                    parts.Any(part => part.P50 is not null) ? new LatencyChart(parts, axis) : null,
                    new CallsChart(parts, axis),
                    classes.Count > 0 ? new DistributionChart(classes) : null,
                    head is null ? new HourMap(hours, [.. days]) : null
                )
            );
        });

    public Task DefinitionsAsync(HttpContext context) =>
        PageAsync(context, reader =>
            DefinitionsSlice.Create(
                new DefinitionsModel([
                    .. DefinitionHistory
                        .All(reader)
                        .GroupBy(version => version.Server)
                        .Select(server =>
                            (
                                server.Key,
                                (IReadOnlyList<(DefinitionVersion, int)>)
                                    [.. server.GroupBy(version => (version.Kind, version.Name)).Select(one => (one.First(), one.Count()))]
                            )
                        ),
                ])
            )
        );

    public Task DefinitionAsync(HttpContext context) => PageAsync(context, reader =>
        {
            if (Versions(context, reader) is not var (shown, versions))
                return null;

            // The one before it; of the first one, nothing.
            var other = versions.Where(version => version.FirstSeen < shown.FirstSeen).MaxBy(version => version.FirstSeen);
            return DefinitionSlice.Create(
                new DefinitionModel(
                    shown,
                    versions,
                    other,
                    other is null
                        ? null
                        :
                        [
                            .. DefinitionDiff
                                .Lines(other.Content ?? "", shown.Content ?? "")
                                .Select(line => new DiffLine(line.Kind, line.Text)),
                        ]
                )
            );
        });

    public Task RawDefinitionAsync(HttpContext context) =>
        PageAsync(context, reader =>
            Versions(context, reader) is var (shown, _) ? Results.Text(shown.Content ?? "", "text/plain", Encoding.UTF8) : null
        );

    public Task SearchAsync(HttpContext context) => PageAsync(context, reader =>
        {
            var typed = Query(context, "q") ?? "";
            var filter = Showing.Query.Read(typed, time.GetUtcNow(), text => Find(reader, text), out var problem);
            var calls = filter is null || typed.Length == 0 ? [] : reader.Calls(filter, MaxFound);
            var sessions = calls.Select(call => call.Session).Distinct().ToDictionary(row => row, reader.SessionOf);
            return SearchSlice.Create(new SearchModel(typed, problem, calls, sessions, MaxFound));
        });

    /// <summary>Of which calls figures are: those of a session, or of a time and perhaps a server.</summary>
    private (SessionHead? Head, Scope? Scope, CallFilter? Filter) Range(HttpContext context, RecordingReader reader, string tab)
    {
        if (context.GetRouteValue("key") is not null)
            return Head(context, reader, tab) is { } head ? (head, null, new CallFilter { Session = head.Session.Row }) : default;
        var asked = Query(context, "since");
        var since = Scope.Times.Any(time => time.Value == asked) ? asked! : DefaultSince;
        var server = Query(context, "server");
        List<string> servers =
        [
            .. reader.Sessions().Select(session => session.Server).OfType<string>().Distinct().Order(StringComparer.Ordinal),
        ];
        return (
            null,
            new Scope(since, server, servers),
            Showing.Query.Read("since:" + since, time.GetUtcNow(), _ => null, out _)! with
            {
                Server = server,
            }
        );
    }

    private static (DefinitionVersion Shown, IReadOnlyList<DefinitionVersion> Versions)? Versions(
        HttpContext context,
        RecordingReader reader
    )
    {
        if (Id(context) is not { } id)
            return null;
        var versions = DefinitionHistory.VersionsOf(reader, id);
        return versions.FirstOrDefault(version => version.Id == id) is { } shown ? (shown, versions) : null;
    }

    /// <summary>Has tokens counted that are not yet.</summary>
    /// <returns>What is to be counted.</returns>
    private TokenBacklog CountTokens(RecordingReader reader, CallFilter filter)
    {
        var backlog = TokenBacklog.Of(reader, filter);
        callTokens.Count(backlog);
        return backlog;
    }

    /// <summary>The newest version of each tool; servers may have tools of the same name.</summary>
    private static List<DefinitionVersion> Offered(RecordingReader reader, string? server) =>
        [
            .. DefinitionHistory
                .All(reader, server)
                .Where(version => version.Kind == "tool")
                .DistinctBy(version => (version.Server, version.Name)),
        ];

    private static DateTimeOffset Later(DateTimeOffset? since, DateTimeOffset first) => since > first ? since.Value : first;
}
