using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;
using Kilometers.Analytics.Writing;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Analytics.Tests;

/// <summary>A folder with a real file of figures, and short ways to write and read it.</summary>
internal sealed class FigureFolder : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    public string Folder { get; } = Directory.CreateTempSubdirectory("km-ana-").FullName;

    public string File => Path.Combine(Folder, AnalyticsFile.Name);

    public FakeTimeProvider Time { get; } = new(Start);

    /// <summary>What the writer told the user.</summary>
    public List<string> Reports { get; } = [];

    public AnalyticsOptions Options { get; init; } = new();

    public AnalyticsWriter Writer() => new(Folder, Options, Time, Reports.Add);

    public AnalyticsReader Reader() => AnalyticsReader.Open(Folder);

    public Report Report(ReportScope? scope = null)
    {
        using var reader = Reader();
        return reader.Report(scope ?? new ReportScope());
    }

    /// <summary>Writes a session whose tool was called so often; when it returns, it is in the file.</summary>
    public void Write(string key, int calls, string server = "files", string tool = "read", DateTimeOffset? at = null)
    {
        using var writer = Writer();
        Count(writer.Begin(Facts(key, server, at)), 1, calls, tool, at);
    }

    public static SessionFacts Facts(string key, string server = "files", DateTimeOffset? at = null) =>
        new()
        {
            Key = key,
            Server = server,
            Started = at ?? Start,
            LastSeen = at ?? Start,
        };

    /// <summary>Counts calls of a tenth of a second.</summary>
    public static void Count(SessionFigures session, long sequence, int calls, string tool = "read", DateTimeOffset? at = null)
    {
        var time = at ?? Start;
        session.Count(sequence, time, () =>
        {
            var figures = session.Of(new HourKey(HourKey.HourOf(time), false, "tools/call", tool));
            figures.Calls += calls;
            for (var call = 0; call < calls; call++)
                figures.Latency.Add(0.1);
        });
    }

    public static Anomaly Anomaly(string session, AnomalyKind kind = AnomalyKind.Failing, DateTimeOffset? at = null) =>
        new()
        {
            Kind = kind,
            Session = session,
            Server = "files",
            Tool = "read",
            Previous = "list",
            Time = at ?? Start,
            Since = (at ?? Start).AddMinutes(-8),
            Sequence = 7,
            Value = 0.6,
            Usual = 0.02,
            Limit = 0.05,
            Calls = 20,
            Known = 128,
            Hours = 3200,
        };

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
