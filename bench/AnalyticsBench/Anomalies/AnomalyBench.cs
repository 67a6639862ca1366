using System.Globalization;
using Kilometers.Analytics;
using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.AnalyticsBench.Anomalies;

/// <summary>How many false alarms there are where nothing is planted, and how much of what is planted is found: bench/anomalies.sh</summary>
internal static class AnomalyBench
{
    private const int Servers = 4;
    private const double LearnedHours = 400;
    private const double MaxHours = 16;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Runs a part of the bench, and prints rows of its table.</summary>
    public static void Run(string[] args)
    {
        switch (args)
        {
            case ["generated", var rate, var seed, var streams, var hours]:
                Generated(Number(rate), (int)Number(seed), (int)Number(streams), Number(hours));
                break;
            case ["recorded", var rate, var file, var from, var to]:
                Recorded(Number(rate), file, Number(from), Number(to));
                break;
            case ["planted", var rate, var seed, var streams]:
                foreach (var planted in Planted.All)
                    Plant(planted, Number(rate), (int)Number(seed), (int)Number(streams));
                break;
            case ["cost", var seed]:
                Cost((int)Number(seed));
                break;
            default:
                throw new ArgumentException(
                    "generated RATE SEED STREAMS HOURS, recorded RATE FILE FROM TO, planted RATE SEED STREAMS, or cost SEED"
                );
        }
    }

    /// <summary>Quiet streams, each of this many hours; all four servers of a stream are one user's.</summary>
    private static void Generated(double rate, int seed, int streams, double hours)
    {
        var alarms = new List<Anomaly>();
        for (var stream = 0; stream < streams; stream++)
        {
            var random = new Random(seed + stream);
            var detector = new Detector(rate, alarms.Add);
            foreach (var server in MakeServers(random))
                Feed(detector, server.Name, server.Calls(Start, hours / Servers));
        }

        Report("generated", rate, streams * hours, alarms);
    }

    /// <summary>A recording (bench/quiet/record.mjs). All of it is learned from; alarms count between two minutes.</summary>
    private static void Recorded(double rate, string file, double from, double to)
    {
        var alarms = new List<Anomaly>();
        var detector = new Detector(rate, alarms.Add);
        var sessions = new Dictionary<string, WatchedSession>();
        var last = new Dictionary<string, double>();
        var hours = 0.0;
        foreach (var parts in File.ReadLines(file).Select(line => line.Split(',')))
        {
            var time = Start.AddMilliseconds(Number(parts[1]));
            var minute = Number(parts[1]) / 60_000;
            if (!sessions.TryGetValue(parts[0], out var session))
                sessions[parts[0]] = session = new WatchedSession(detector, parts[0], parts[2]);
            var took = TimeSpan.FromMicroseconds(Number(parts[4]));
            session.Add(new WatchedCall(parts[3], time - took, time, took, (long)Number(parts[5]), parts[6] == "1", sessions.Count));
            if (minute >= from && minute < to && last.TryGetValue(parts[0], out var before))
                hours += Math.Min(minute - Math.Max(from, before), Budget.MaxGap.TotalMinutes) / 60;
            last[parts[0]] = minute;
        }

        Report("recorded", rate, hours, [.. alarms.Where(alarm => (alarm.Time - Start).TotalMinutes is var at && at >= from && at < to)]);
    }

    /// <summary>Streams that are learned, and changed then.</summary>
    private static void Plant(Planted planted, double rate, int seed, int streams)
    {
        var delays = new List<(double Minutes, double Calls)>();
        for (var stream = 0; stream < streams; stream++)
        {
            var random = new Random(seed + stream);
            var alarms = new List<Anomaly>();
            var detector = new Detector(rate, alarms.Add);
            var servers = MakeServers(random).ToList();
            foreach (var one in servers)
                Feed(detector, one.Name, one.Calls(Start, LearnedHours / Servers));
            var server = servers[0];
            var tool = server.Tools[random.Next(server.Tools.Count)];
            planted.Change?.Invoke(server, tool);
            alarms.Clear();
            var start = Start.AddHours(LearnedHours / Servers);
            var calls = server.Calls(start, MaxHours).ToList();
            if (planted.Once is not null)
            {
                var first = calls.FindIndex(call => call.Call.Tool == tool.Name && !call.Call.HasFailed);
                calls = calls[..(first + 1)];
                calls[first] = (calls[first].Session, planted.Once(calls[first].Call));
                start = calls[first].Call.Start;
            }

            Feed(detector, server.Name, calls);
            var isOfTool = planted.Kind is not (AnomalyKind.CallMix or AnomalyKind.CallOrder);
            if (alarms.Find(alarm => alarm.Kind == planted.Kind && (!isOfTool || alarm.Tool == tool.Name)) is { } found)
                delays.Add(
                    (
                        (found.Time - start).TotalMinutes,
                        calls.Count(call =>
                            call.Call.Start >= start && call.Call.End <= found.Time && (!isOfTool || call.Call.Tool == tool.Name)
                        )
                    )
                );
        }

        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {planted.Name} | {Name(planted.Kind)} | {delays.Count} of {streams} | {Middle(delays.Select(delay => delay.Minutes))} | {Middle(delays.Select(delay => delay.Calls))} |"
            )
        );
    }

    /// <summary>Processor time for each call, and memory for what is learned.</summary>
    private static void Cost(int seed)
    {
        var calls = MakeServers(new Random(seed))
            .SelectMany(server => server.Calls(Start, 200).Select(call => (server.Name, call)))
            .ToList();
        var detector = new Detector(10, _ => { });
        var before = Environment.CpuUsage.TotalTime;
        foreach (var server in calls.GroupBy(call => call.Name))
            Feed(detector, server.Key, server.Select(call => call.call));
        var taken = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / calls.Count;
        var states = detector.TakeChanges();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"judge_us\":{taken:0.00},\"tool_bytes\":{states.Where(state => state is { Server.Length: > 0, Tool.Length: > 0 }).Average(state => state.Data.Length):0}}}"
            )
        );
    }

    private static IEnumerable<GeneratedServer> MakeServers(Random random) =>
        Enumerable.Range(0, Servers).Select(number => new GeneratedServer($"server-{number}", new Random(random.Next())));

    private static void Feed(Detector detector, string server, IEnumerable<(string Session, WatchedCall Call)> calls)
    {
        WatchedSession? session = null;
        foreach (var (key, call) in calls)
        {
            if (session?.Key != key)
            {
                session?.End();
                session = new WatchedSession(detector, key, server);
            }

            session.Add(call);
        }

        session?.End();
    }

    private static void Report(string name, double rate, double hours, List<Anomaly> alarms)
    {
        var kinds = string.Join(
            ", ",
            alarms
                .GroupBy(alarm => alarm.Kind)
                .OrderByDescending(group => group.Count())
                .Select(group => $"{Name(group.Key)} {group.Count()}")
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {rate} | {hours:0} | {alarms.Count} | {alarms.Count * 1000 / hours:0.0} | {kinds} |"
            )
        );
    }

    private static string Name(AnomalyKind kind) => AnomalyNames.Of(kind);

    private static string Middle(IEnumerable<double> values) =>
        values.Order().ToList() is { Count: > 0 } sorted ? sorted[sorted.Count / 2].ToString("0", CultureInfo.InvariantCulture) : "–";

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
