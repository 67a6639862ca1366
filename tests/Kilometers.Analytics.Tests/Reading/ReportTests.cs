using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;

namespace Kilometers.Analytics.Tests.Reading;

public sealed class ReportTests : IDisposable
{
    private readonly FigureFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Report_OfAServerOrASession_HasOnlyThat()
    {
        _folder.Write("one", 1);
        _folder.Write("two", 2);
        _folder.Write("three", 4, "web", "fetch");

        Assert.Equal(3, _folder.Report(new ReportScope { Server = "files" }).Total.Calls);
        using var reader = _folder.Reader();
        var session = reader.Sessions().Single(one => one.Facts.Key == "two");
        var report = reader.Report(new ReportScope { Session = session });
        Assert.Equal((2, "two"), (report.Total.Calls, Assert.Single(report.Sessions).Facts.Key));
    }

    [Fact]
    public void Report_ToolsThatNobodyCalled_AreNamed()
    {
        using (var writer = _folder.Writer())
        {
            var earlier = writer.Begin(FigureFolder.Facts("one"));
            earlier.Count(1, FigureFolder.Start, () => earlier.Offer(new OfferedTool("gone", 10)));
            writer.Write();
            var session = writer.Begin(FigureFolder.Facts("two"));
            session.Count(1, FigureFolder.Start, () =>
            {
                session.Offer(new OfferedTool("read", 100));
                session.Offer(new OfferedTool("write", 200));
            });
            FigureFolder.Count(session, 2, 1);
        }

        var server = Assert.Single(_folder.Report().Servers);
        Assert.Equal(["read", "write"], server.Offered.Select(tool => tool.Name));
        Assert.Equal(new OfferedTool("write", 200), Assert.Single(server.NeverUsed));
    }

    [Fact]
    public void Report_Sessions_HaveStartsAndEnds()
    {
        using (var writer = _folder.Writer())
        {
            foreach (var (key, startup, code) in new[] { ("one", 100, 0L), ("two", 300, 1L), ("three", 200, 143L) })
            {
                var session = writer.Begin(FigureFolder.Facts(key));
                session.Count(1, FigureFolder.Start, () =>
                    session.Learn(facts => facts with { Startup = TimeSpan.FromMilliseconds(startup), ExitCode = code })
                );
            }
        }

        var server = Assert.Single(_folder.Report().Servers);
        Assert.Equal((3, 1), (server.Sessions, server.Crashed));
        Assert.Equal((200, 300), (server.Startup!.Value.TotalMilliseconds, server.SlowestStartup!.Value.TotalMilliseconds));
    }

    [Fact]
    public void Report_AllThatIsCounted_ComesBack()
    {
        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(FigureFolder.Facts("one"));
            session.Count(1, FigureFolder.Start, () =>
            {
                var figures = session.Of(new HourKey(HourKey.HourOf(FigureFolder.Start), true, "sampling/createMessage", ""));
                (figures.Calls, figures.Cancelled, figures.Continued) = (10, 1, 2);
                (figures.Duplicates, figures.Retries, figures.Progress) = (3, 4, 5);
                foreach (var kind in Enum.GetValues<ErrorKind>())
                    figures.AddErrors(kind, (int)kind + 1);
                figures.RequestSize.Add(100);
                figures.ResponseSize.Add(200);
                session.Learn(facts => facts with { Client = "a client", Missed = 6, Unmatched = 7 });
            });
        }

        var report = _folder.Report();
        var method = Assert.Single(report.Methods);
        var total = method.Figures;
        Assert.Equal((true, "sampling/createMessage"), (method.IsFromServer, method.Method));
        Assert.Equal((10, 1, 2), (total.Calls, total.Cancelled, total.Continued));
        Assert.Equal((3, 4, 5), (total.Duplicates, total.Retries, total.Progress));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], Enum.GetValues<ErrorKind>().Select(total.Errors));
        Assert.Equal((100, 200), (total.RequestSize.Sum, total.ResponseSize.Sum));
        Assert.Equal("a client", Assert.Single(report.Clients).Client);
        Assert.Equal((6, 7), (report.Servers[0].Missed, report.Servers[0].Unmatched));
        Assert.Empty(report.Tools);
    }

    [Fact]
    public void Report_ADamagedHistogram_SaysSo()
    {
        _folder.Write("one", 1);
        using (var database = AnalyticsDatabase.OpenToWrite(_folder.File))
            database.Run("UPDATE call_hours SET latency = x'01ff'");
        Assert.Throws<AnalyticsException>(() => _folder.Report());
    }
}
