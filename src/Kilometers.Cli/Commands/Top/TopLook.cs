using Kilometers.Cli.Commands.Recordings;
using Kilometers.PluginHost.Control;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;

namespace Kilometers.Cli.Commands.Top;

/// <summary>Looks at all running sessions: asks each, reads what is recorded of it, and measures its server.</summary>
internal sealed class TopLook(CommandContext context) : IDisposable
{
    /// <summary>Rates and latencies are of this time.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(10);

    /// <summary>Calls further back are not looked at: a look must stay cheap, however long the file is.</summary>
    private const int MaxBack = 20_000;

    private const int MaxPerSession = 5000;

    private readonly ControlClient _sessions = ControlClient.Create(context.Paths.Home, context.Time);
    private Dictionary<int, (double Seconds, long At)> _processors = [];

    /// <summary>The file, where there is one.</summary>
    public RecordingReader? Recordings { get; private set; }

    /// <summary>Looks.</summary>
    public async Task<TopReport> LookAsync(CancellationToken cancellationToken)
    {
        var answers = await _sessions.StatusAsync(ControlClient.StatusLimit, cancellationToken).ConfigureAwait(false);
        var uses = ServerUse.Of([
            .. answers
                .Select(answer =>
                    (
                        answer.Address.Pid,
                        (IReadOnlyCollection<int>)[.. (answer.Report?.Plugins ?? []).Select(plugin => plugin.Pid).OfType<int>()]
                    )
                )
                .DistinctBy(session => session.Pid),
        ]);
        Open();
        var now = context.Time.GetUtcNow();
        var sessions = new List<TopSession>();
        var recent = new List<(string Server, RecordedCall Call)>();
        var pending = new List<TopPending>();
        var processors = new Dictionary<int, (double, long)>();
        foreach (var answer in answers)
        {
            var key = answer.Report?.Session ?? answer.Address.Session;
            var recorded = Recordings?.SessionOf(key);
            var server = answer.Report?.Server ?? recorded?.Server ?? "";
            var calls = recorded is null ? [] : Recent(recorded, now);
            var open = recorded is null ? [] : Pending(recorded);
            recent.AddRange(calls.Select(call => (server, call)));
            pending.AddRange(
                open.Select(call => new TopPending(
                    call.Id,
                    RecordedSession.ShortIdOf(key),
                    server,
                    Direction(call.Direction),
                    Title(call),
                    (now - call.Started).TotalSeconds
                ))
            );
            var use = uses.GetValueOrDefault(answer.Address.Pid);
            if (use is not null)
                processors[answer.Address.Pid] = (use.CpuSeconds, context.Time.GetTimestamp());
            sessions.Add(Session(answer, key, server, recorded, calls, open, use, now));
        }

        _processors = processors;
        return new TopReport
        {
            At = now,
            WindowSeconds = Window.TotalSeconds,
            IsRecording = Recordings is not null,
            Sessions = sessions,
            Tools = Tools(recent),
            Pending = [.. pending.OrderByDescending(call => call.Seconds)],
        };
    }

    public void Dispose() => Recordings?.Dispose();

    /// <summary>The file may come later, and go.</summary>
    private void Open()
    {
        Recordings?.Dispose();
        Recordings = null;
        try
        {
            Recordings = RecordingReader.Open(RecordingAccess.Folder(context.Paths));
        }
        catch (RecordingException)
        {
            // Then there are no calls to show, which the view says.
        }
    }

    private TopSession Session(
        SessionAnswer answer,
        string key,
        string server,
        RecordedSession? recorded,
        IReadOnlyList<RecordedCall> calls,
        IReadOnlyList<RecordedCall> pending,
        ServerUse? use,
        DateTimeOffset now
    )
    {
        var latencies = calls.Select(call => call.Latency).OfType<TimeSpan>().Order().ToList();
        var last = calls.Where(call => now - call.Started <= RateWindow).ToList();
        return new TopSession
        {
            Id = RecordedSession.ShortIdOf(key),
            Key = key,
            Pid = answer.Address.Pid,
            Server = server,
            Client = recorded?.Client,
            Started = answer.Report?.Started ?? recorded?.Started,
            Problem = answer.Error?.Summary,
            Calls = recorded?.Calls,
            Errors = recorded?.Errors,
            CallsPerSecond = recorded is null ? null : last.Count / RateWindow.TotalSeconds,
            BytesInPerSecond = recorded is null ? null : last.Sum(call => call.RequestBytes) / RateWindow.TotalSeconds,
            BytesOutPerSecond = recorded is null ? null : last.Sum(call => call.ResponseBytes ?? 0) / RateWindow.TotalSeconds,
            Pending = recorded is null ? null : pending.Count,
            OldestPendingSeconds = pending.Count == 0 ? null : (now - pending.Min(call => call.Started)).TotalSeconds,
            P50Ms = Percentile(latencies, 0.5),
            P95Ms = Percentile(latencies, 0.95),
            RecentErrors = recorded is null ? null : calls.Count(call => call.Outcome == CallOutcome.Error),
            CpuPercent = Processor(answer.Address.Pid, use),
            MemoryBytes = use?.MemoryBytes,
            Processes = use?.Processes,
            Plugins = [.. (answer.Report?.Plugins ?? []).Select(plugin => new TopPlugin(plugin.Name, plugin.State, plugin.Queue.Dropped))],
        };
    }

    private double? Processor(int km, ServerUse? use) =>
        use is not null
        && _processors.TryGetValue(km, out var before)
        && context.Time.GetElapsedTime(before.At) is { TotalSeconds: > 0 } elapsed
            ? Math.Max(0, (use.CpuSeconds - before.Seconds) / elapsed.TotalSeconds * 100)
            : null;

    private IReadOnlyList<RecordedCall> Recent(RecordedSession session, DateTimeOffset now) =>
        Recordings!.Calls(
            new CallFilter
            {
                Session = session.Row,
                After = Newest() - MaxBack,
                Since = now - Window,
            },
            MaxPerSession
        );

    private IReadOnlyList<RecordedCall> Pending(RecordedSession session) =>
        Recordings!.Calls(
            new CallFilter
            {
                Session = session.Row,
                After = Newest() - MaxBack,
                Outcome = CallOutcome.Pending,
            },
            MaxPerSession
        );

    private long Newest() => Recordings!.Calls(new CallFilter(), 1) is [var call] ? call.Id : 0;

    private static IReadOnlyList<TopTool> Tools(IEnumerable<(string Server, RecordedCall Call)> calls) =>
        [
            .. calls
                .Where(one => one.Call.Latency is not null)
                .GroupBy(one => (one.Server, one.Call.Direction, Title: Title(one.Call)))
                .Select(group =>
                {
                    var latencies = group.Select(one => one.Call.Latency!.Value).Order().ToList();
                    return new TopTool(
                        group.Key.Server,
                        Direction(group.Key.Direction),
                        group.Key.Title,
                        latencies.Count,
                        group.Count(one => one.Call.Outcome == CallOutcome.Error),
                        Percentile(latencies, 0.5)!.Value,
                        Percentile(latencies, 0.95)!.Value,
                        latencies[^1].TotalMilliseconds,
                        group.MaxBy(one => one.Call.Latency).Call.Id
                    );
                })
                .OrderByDescending(tool => tool.P95Ms),
        ];

    /// <summary>Without the arrow that tables show.</summary>
    private static string Title(RecordedCall call) => CallTable.Title(call with { Direction = RecordedDirection.In });

    /// <summary>As in <c>km logs --json</c>: <c>in</c> from the client, <c>out</c> from the server.</summary>
    private static string Direction(RecordedDirection direction) => direction == RecordedDirection.Out ? "out" : "in";

    /// <summary>By nearest rank.</summary>
    private static double? Percentile(List<TimeSpan> sorted, double share) =>
        sorted.Count == 0 ? null : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)].TotalMilliseconds;
}
