using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Writing;

namespace Kilometers.Cli.Tests.Commands.Reports;

/// <summary>A home with a real file of figures, as the plugin writes it.</summary>
internal sealed class CollectedFigures : IDisposable
{
    /// <summary>What a tool may be called, or call itself.</summary>
    public const string Hostile = "<script>alert(1)</script>\u001b[2J\u202e\" onload=x";

    public static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public string Home { get; } = Directory.CreateTempSubdirectory("km-report-").FullName;

    private string Folder => Path.Combine(Home, "state", "analytics");

    public CollectedFigures()
    {
        if (!OperatingSystem.IsWindows())
            foreach (var folder in (string[])["state", "state/analytics"])
                Directory.CreateDirectory(
                    Path.Combine(Home, folder),
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
    }

    /// <summary>Adds a session that called a tool: each tenth call failed with a time-out, and each fifth was a repetition.</summary>
    public CollectedFigures With(
        string key,
        string server,
        string tool,
        int calls,
        double seconds = 0.1,
        int days = 0,
        double startup = 0.5,
        IReadOnlyList<string>? unused = null
    )
    {
        var start = Now.AddDays(-days);
        using var writer = new AnalyticsWriter(Folder, new AnalyticsOptions(), TimeProvider.System, line => Assert.Fail(line));
        var session = writer.Begin(
            new SessionFacts
            {
                Key = key,
                Server = server,
                Started = start,
                LastSeen = start,
            }
        );
        session.Count(1, start, () =>
        {
            session.Learn(facts => facts with { Startup = TimeSpan.FromSeconds(startup), Client = "a client of " + server });
            foreach (var name in (IEnumerable<string>)[tool, .. unused ?? []])
                session.Offer(new OfferedTool(name, 400));
            var figures = session.Of(new HourKey(HourKey.HourOf(start), false, "tools/call", tool));
            figures.Calls += calls;
            figures.Duplicates += calls / 5;
            figures.AddErrors(ErrorKind.Timeout, calls / 10);
            for (var call = 0; call < calls; call++)
            {
                figures.Latency.Add(seconds * (1 + (call % 7)));
                figures.RequestSize.Add(100);
                figures.ResponseSize.Add(2000);
            }
        });
        return this;
    }

    /// <summary>Adds what was unusual in a session.</summary>
    public CollectedFigures WithAnomaly(string session, AnomalyKind kind, double value, double usual, string tool = "read")
    {
        using var writer = new AnalyticsWriter(Folder, new AnalyticsOptions(), TimeProvider.System, line => Assert.Fail(line));
        writer.Add(
            new Anomaly
            {
                Kind = kind,
                Session = session,
                Server = "files",
                Tool = tool,
                Previous = kind == AnomalyKind.CallOrder ? "list" : "",
                Time = Now,
                Since = Now.AddMinutes(-8),
                Sequence = 7,
                Value = value,
                Usual = usual,
                Limit = kind is AnomalyKind.SlowCall or AnomalyKind.LargeAnswer ? usual * 3 : 0,
                Calls = 20,
                Known = 128,
                Hours = 3217,
            }
        );
        return this;
    }

    public Report Report(ReportScope? scope = null)
    {
        using var reader = AnalyticsReader.Open(Folder);
        return reader.Report(scope ?? new ReportScope());
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
