using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Writing;
using Kilometers.Cli.Commands.Reports;
using Kilometers.Contracts.Api;

namespace Kilometers.Cli.Tests.Commands.Reports;

/// <summary>Figures as they are sent to the API.</summary>
public sealed class FigureBatchesTests
{
    private const long Hour = 490_000;
    private static readonly string Here = new('a', 64);

    [Fact]
    public void Of_Figures_KeepsEachInItsHour()
    {
        var anomaly = new Anomaly
        {
            Kind = AnomalyKind.Failing,
            Session = "",
            Server = "files",
            Tool = "read",
            Time = HourKey.TimeOf(Hour + 2).AddMinutes(3),
            Since = HourKey.TimeOf(Hour + 1),
            Sequence = 3,
            Value = 0.5,
            Usual = 0.1,
            Calls = 9,
            Known = 90,
            Hours = 100,
        };
        var batch = Assert.Single(FigureBatches.Of(Here, [Figure(Hour + 1, "b", 2), Figure(Hour, "a", 1)], [anomaly]));
        Assert.Equal((InsightBatch.CurrentVersion, Here), (batch.Version, batch.Installation));
        Assert.Equal([Hour, Hour + 1, Hour + 2], batch.Hours.Select(one => HourKey.HourOf(one.Hour)));
        Assert.Equal(["a", "b"], batch.Hours.SelectMany(one => one.Figures).Select(one => one.Name));
        var figure = batch.Hours[1].Figures[0];
        Assert.Equal((2, 2, 2.0, "in"), (figure.Calls, figure.Errors!.Quota, figure.Latency!.Max, figure.Direction));
        Assert.Null(figure.RequestSize);
        var alarm = Assert.Single(batch.Hours[2].Alarms!);
        Assert.Equal(("failing-more", null, null, null), (alarm.Kind, alarm.Previous, alarm.Session, alarm.Limit));
    }

    [Fact]
    public void Of_ManyHours_MakesBatchesThatTheApiTakes()
    {
        var figures = Enumerable
            .Range(0, 400)
            .SelectMany(hour => Enumerable.Range(0, 4).Select(tool => Figure(Hour + hour, $"tool{tool}", 1)))
            .ToList();
        var batches = FigureBatches.Of(Here, figures, []).ToList();
        Assert.All(batches, batch =>
        {
            Assert.InRange(batch.Hours.Sum(one => one.Figures.Count), 1, FigureBatches.MaxFigures);
            Assert.InRange(batch.Hours.Count, 1, FigureBatches.MaxHours);
        });
        Assert.Equal(
            Enumerable.Range(0, 400).Select(hour => Hour + hour),
            batches.SelectMany(batch => batch.Hours).Select(one => HourKey.HourOf(one.Hour))
        );
        Assert.Equal(1600, batches.Sum(batch => batch.Hours.Sum(one => one.Figures.Count)));
    }

    [Fact]
    public void Of_AnHourWithMoreThanTheApiTakes_SumsUpWhatIsCalledLeast()
    {
        var figures = Enumerable.Range(1, 2_500).Select(calls => Figure(Hour, $"tool{calls}", calls)).ToList();
        var hour = Assert.Single(Assert.Single(FigureBatches.Of(Here, figures, [])).Hours);
        Assert.InRange(hour.Figures.Count, 2, FigureBatches.MaxOfHour);
        Assert.Equal(figures.Sum(one => one.Figures.Calls), hour.Figures.Sum(one => one.Calls));
        Assert.Equal("tool2500", hour.Figures[0].Name);
        Assert.Equal((SessionFigures.Others, ""), (hour.Figures[^1].Method, hour.Figures[^1].Name));
        Assert.Equal(hour.Figures, Assert.Single(FigureBatches.Of(Here, Enumerable.Reverse(figures), [])).Hours[0].Figures, Same);

        static bool Same(InsightFigures one, InsightFigures other) =>
            (one.Server, one.Method, one.Name, one.Calls) == (other.Server, other.Method, other.Name, other.Calls);
    }

    private static HourlyFigures Figure(long hour, string tool, int calls)
    {
        var figures = new CallFigures { Calls = calls };
        figures.AddErrors(ErrorKind.Quota, calls);
        figures.Latency.Add(calls);
        return new HourlyFigures(new HourKey(hour, false, "tools/call", tool), "files", "client", figures);
    }
}
