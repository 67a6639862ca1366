using Kilometers.Analytics;
using Kilometers.Cli.Commands.Reports;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Tests.Commands.Reports;

/// <summary>What was unusual, as people read it.</summary>
public sealed class AnomalyTests : IDisposable
{
    private readonly CollectedFigures _figures = new CollectedFigures().With("one", "files", "read", 9);

    public void Dispose() => _figures.Dispose();

    [Theory]
    [InlineData(AnomalyKind.SlowCall, 41, 0.004, "files/read: a call took 41 s; usually 4.0 ms, and 99 % of 128 others at most 12 ms")]
    [InlineData(AnomalyKind.LargeAnswer, 5e6, 2000, "files/read: an answer had 5.0 MB; usually 2 kB, and 99 % of 128 others at most 6 kB")]
    [InlineData(AnomalyKind.Slower, 0.55, 0.18, "files/read: slower, 550 ms in the middle of 20 calls since TIME; usually 180 ms")]
    [InlineData(AnomalyKind.Larger, 9000, 2000, "files/read: larger answers, 9 kB in the middle of 20 calls since TIME; usually 2 kB")]
    [InlineData(AnomalyKind.Failing, 0.6, 0.02, "files/read: 60 % of 20 calls since TIME failed; usually 2 %")]
    [InlineData(AnomalyKind.CallMix, 0.7, 0.08, "files: 70 % of 20 calls since TIME were read; usually 8 %")]
    [InlineData(
        AnomalyKind.CallOrder,
        0.5,
        0.01,
        "files: another order of 20 calls since TIME: after list came read in 50 %; usually in 1 %"
    )]
    public void Full_OfEachKind_SaysWhatWasSeenAndWhatIsUsual(AnomalyKind kind, double value, double usual, string text)
    {
        _figures.WithAnomaly("one", kind, value, usual);
        var since = Units.Time(CollectedFigures.Now.AddMinutes(-8));
        Assert.Equal(
            text.Replace("TIME", since, StringComparison.Ordinal) + ". By chance once in 3200 h of sessions",
            AnomalyWords.Full(Assert.Single(_figures.Report().Anomalies))
        );
    }

    [Fact]
    public void Report_InAllFormats_ShowsIt()
    {
        _figures
            .WithAnomaly("one", AnomalyKind.Failing, 0.6, 0.02)
            .WithAnomaly("one", AnomalyKind.SlowCall, 9, 1, CollectedFigures.Hostile);
        var report = _figures.Report();
        var lines = new ReportView(null, hasColors: false, "…").Format(report).ToList();
        Assert.Contains("UNUSUAL", lines);
        Assert.Contains(lines, line => line.Contains("files/read: 60 % of 20 calls since", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain('\u001b', line));

        var page = new ReportPage(report, CollectedFigures.Now).Make();
        Assert.Contains("<h2>Unusual</h2>", page, StringComparison.Ordinal);
        Assert.Contains("files/read: 60 % of 20 calls since", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);

        var listing = ReportListing.Of(report).Anomalies[^1];
        Assert.Equal(
            ("failing-more", "files", "read", "part", 0.6, 0.02),
            (listing.Kind, listing.Server, listing.Tool, listing.Unit, listing.Value, listing.Usual)
        );
        Assert.Equal((20, null, "one"), (listing.Calls, listing.UsualLimit, listing.Session));
    }

    [Fact]
    public void Report_NothingUnusual_SaysNothingOfIt() =>
        Assert.DoesNotContain("UNUSUAL", new ReportView(null, hasColors: false, "…").Format(_figures.Report()));
}
