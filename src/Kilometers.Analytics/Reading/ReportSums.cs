namespace Kilometers.Analytics.Reading;

/// <summary>Sums rows of the file up to a report.</summary>
internal sealed class ReportSums
{
    private const string ToolCall = "tools/call";

    private readonly CallFigures _total = new();
    private readonly Dictionary<long, CollectedSession> _sessions = [];
    private readonly Sums<string> _servers = new();
    private readonly Sums<(string Server, string Name)> _tools = new();
    private readonly Sums<(bool IsFromServer, string Method)> _methods = new();
    private readonly Sums<string> _clients = new();
    private readonly Sums<long> _hours = new();

    /// <summary>Adds a row.</summary>
    public void Add(CollectedSession session, HourKey key, CallFigures figures)
    {
        _sessions[session.Row] = session;
        _total.Add(figures);
        _servers.Add(session.Facts.Server, session.Row, figures);
        _clients.Add(session.Facts.Client, session.Row, figures);
        _hours.Add(key.Hour, session.Row, figures);
        _methods.Add((key.IsFromServer, key.Method), session.Row, figures);
        if (key.Method == ToolCall && !key.IsFromServer)
            _tools.Add((session.Facts.Server, key.Name), session.Row, figures);
    }

    /// <summary>The report.</summary>
    /// <param name="scope">What it is about.</param>
    /// <param name="others">Sessions without any call.</param>
    /// <param name="offered">The tools that a server listed last.</param>
    public Report Sum(ReportScope scope, IEnumerable<CollectedSession> others, Func<string, IReadOnlyList<OfferedTool>> offered)
    {
        foreach (var session in others)
            _sessions.TryAdd(session.Row, session);
        var byServer = _sessions.Values.ToLookup(session => session.Facts.Server, StringComparer.Ordinal);
        return new()
        {
            Scope = scope,
            Total = _total,
            Sessions = [.. _sessions.Values.OrderByDescending(session => session.Facts.Started).ThenByDescending(session => session.Row)],
            Servers =
            [
                .. byServer
                    .Select(group => Server(group.Key, [.. group], offered(group.Key)))
                    .OrderByDescending(server => server.Figures.Calls)
                    .ThenBy(server => server.Server, StringComparer.Ordinal),
            ],
            Tools =
            [
                .. _tools
                    .All.Select(pair => new ToolFigures(pair.Key.Server, pair.Key.Name, pair.Sessions, pair.Figures))
                    .OrderByDescending(tool => tool.Figures.Calls)
                    .ThenBy(tool => tool.Name, StringComparer.Ordinal)
                    .ThenBy(tool => tool.Server, StringComparer.Ordinal),
            ],
            Methods =
            [
                .. _methods
                    .All.Select(pair => new MethodFigures(pair.Key.IsFromServer, pair.Key.Method, pair.Figures))
                    .OrderByDescending(method => method.Figures.Calls)
                    .ThenBy(method => method.Method, StringComparer.Ordinal),
            ],
            Clients =
            [
                .. _clients
                    .All.Select(pair => new ClientFigures(pair.Key, pair.Sessions, pair.Figures))
                    .OrderByDescending(client => client.Figures.Calls)
                    .ThenBy(client => client.Client, StringComparer.Ordinal),
            ],
            Hours = [.. _hours.All.OrderBy(pair => pair.Key).Select(pair => new HourFigures(HourKey.TimeOf(pair.Key), pair.Figures))],
        };
    }

    private ServerFigures Server(string name, List<CollectedSession> sessions, IReadOnlyList<OfferedTool> offered)
    {
        var startups = sessions.Select(session => session.Facts.Startup).OfType<TimeSpan>().Order().ToList();
        return new()
        {
            Server = name,
            Sessions = sessions.Count,
            Crashed = sessions.Count(session => SessionFacts.IsCrash(session.Facts.ExitCode)),
            Startup = startups.Count > 0 ? startups[(startups.Count - 1) / 2] : null,
            SlowestStartup = startups.Count > 0 ? startups[^1] : null,
            Unmatched = sessions.Sum(session => session.Facts.Unmatched),
            Missed = sessions.Sum(session => session.Facts.Missed),
            Offered = offered,
            NeverUsed = [.. offered.Where(tool => _tools.Of((name, tool.Name)) is not { Calls: > 0 })],
            Figures = _servers.Of(name) ?? new CallFigures(),
        };
    }

    private sealed class Sums<TKey>
        where TKey : notnull
    {
        private readonly Dictionary<TKey, (CallFigures Figures, HashSet<long> Sessions)> _sums = [];

        public IEnumerable<(TKey Key, CallFigures Figures, int Sessions)> All =>
            _sums.Select(pair => (pair.Key, pair.Value.Figures, pair.Value.Sessions.Count));

        public void Add(TKey key, long session, CallFigures figures)
        {
            if (!_sums.TryGetValue(key, out var sum))
                _sums[key] = sum = (new(), []);
            sum.Figures.Add(figures);
            sum.Sessions.Add(session);
        }

        public CallFigures? Of(TKey key) => _sums.TryGetValue(key, out var sum) ? sum.Figures : null;
    }
}
