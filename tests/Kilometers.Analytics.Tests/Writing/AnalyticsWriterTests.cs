using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Storage;
using Kilometers.Analytics.Writing;

namespace Kilometers.Analytics.Tests.Writing;

public sealed class AnalyticsWriterTests : IDisposable
{
    private readonly FigureFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Count_ASecondLater_IsInTheFileOfAProcessThatIsKilledThen()
    {
        using var writer = _folder.Writer();
        FigureFolder.Count(writer.Begin(FigureFolder.Facts("one")), 1, 3);
        _folder.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, _folder.Report().Total.Calls);
    }

    [Fact]
    public void Count_AfterAKill_CountsNothingTwiceAndContinues()
    {
        using var killed = _folder.Writer();
        FigureFolder.Count(killed.Begin(FigureFolder.Facts("one")), 7, 3);
        _folder.Time.Advance(TimeSpan.FromSeconds(1));

        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(FigureFolder.Facts("one"));
            FigureFolder.Count(session, 7, 3); // It was not acknowledged: it comes again.
            FigureFolder.Count(session, 8, 2);
        }

        var report = _folder.Report();
        Assert.Equal((5, 5, 1), (report.Total.Calls, report.Total.Latency.Count, report.Sessions.Count));
    }

    [Fact]
    public void Count_InTwoProcesses_AddsUp()
    {
        using (var first = _folder.Writer())
        using (var second = _folder.Writer())
        {
            FigureFolder.Count(first.Begin(FigureFolder.Facts("one")), 1, 3);
            FigureFolder.Count(second.Begin(FigureFolder.Facts("two", "web")), 1, 4);
        }

        Assert.Equal([("web", 4L), ("files", 3L)], _folder.Report().Servers.Select(server => (server.Server, server.Figures.Calls)));
    }

    [Fact]
    public async Task Begin_SeveralProcessesAtOnce_EachWaitsForTheOthersToMakeTheFile()
    {
        // Only some meet at the moment in which it matters.
        for (var round = 0; round < 20; round++)
        {
            using var folder = new FigureFolder();
            await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(() => folder.Write($"session-{number}", 5))));
            Assert.Empty(folder.Reports);
            Assert.Equal((20, 4), (folder.Report().Total.Calls, folder.Report().Sessions.Count));
        }
    }

    [Fact]
    public void Count_OverHours_IsKeptByTheHour()
    {
        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(FigureFolder.Facts("one"));
            for (var hour = 0; hour < 5; hour++)
            {
                FigureFolder.Count(session, hour + 1, hour + 1, at: FigureFolder.Start.AddHours(hour));
                writer.Write();
            }

            // An answer that comes hours later.
            FigureFolder.Count(session, 9, 1, at: FigureFolder.Start);
        }

        Assert.Equal([2, 2, 3, 4, 5], _folder.Report().Hours.Select(hour => hour.Figures.Calls));
        Assert.Equal(
            [3, 4, 5],
            _folder.Report(new ReportScope { Since = FigureFolder.Start.AddHours(2) }).Hours.Select(hour => hour.Figures.Calls)
        );
    }

    [Fact]
    public void Count_NamesWithoutAnEnd_AreSummedUpTogether()
    {
        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(FigureFolder.Facts("one"));
            for (var name = 0; name < 2000; name++)
                FigureFolder.Count(session, name + 1, 1, new string('x', 300) + name + "-" + name);
            FigureFolder.Count(session, 3000, 1, "other");
        }

        var report = _folder.Report();
        Assert.Equal(2001, report.Total.Calls);
        Assert.InRange(report.Tools.Count, 1, 513);
        Assert.All(report.Tools, tool => Assert.InRange(tool.Name.Length, 0, 200));
    }

    [Fact]
    public void Count_WhenTheFileCannotBeWritten_WaitsInMemoryAndSaysSoOnce()
    {
        Directory.CreateDirectory(_folder.File); // Nothing can be opened there.
        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(FigureFolder.Facts("one"));
            FigureFolder.Count(session, 1, 2);
            writer.Write();
            FigureFolder.Count(session, 2, 3);
            writer.Write();
            Directory.Delete(_folder.File);
            writer.Write();
        }

        Assert.Equal(5, _folder.Report().Total.Calls);
        Assert.Equal(2, _folder.Reports.Count);
        Assert.StartsWith("Figures cannot be written: ", _folder.Reports[0], StringComparison.Ordinal);
        Assert.Equal("Figures are written again.", _folder.Reports[1]);
    }

    [Fact]
    public void Begin_ADamagedFile_IsSetAsideAndAnotherBegins()
    {
        File.WriteAllText(_folder.File, "This was never a database, though it is longer than the head of one: " + new string('x', 200));
        _folder.Write("one", 3);
        Assert.Equal(3, _folder.Report().Total.Calls);
        Assert.Contains("damaged", Assert.Single(_folder.Reports), StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(_folder.Folder, "analytics.damaged-*"));
    }

    /// <summary>Another process deletes what is too old, while this one still has the row in memory.</summary>
    [Fact]
    public void Write_ARowThatIsGone_ChangesNoOther()
    {
        using var writer = _folder.Writer();
        var session = writer.Begin(FigureFolder.Facts("one"));
        FigureFolder.Count(session, 1, 1);
        writer.Write();
        using (var database = AnalyticsDatabase.OpenToWrite(_folder.File))
            database.Run("DELETE FROM call_hours");
        _folder.Write("two", 5, tool: "other");
        FigureFolder.Count(session, 2, 100);
        writer.Write();
        Assert.Equal(("other", 5), (Assert.Single(_folder.Report().Tools).Name, _folder.Report().Total.Calls));
    }

    [Fact]
    public void Add_WhatIsUnusual_IsReadAsItWas()
    {
        using (var writer = _folder.Writer())
        {
            FigureFolder.Count(writer.Begin(FigureFolder.Facts("one")), 1, 1);
            foreach (var kind in Enum.GetValues<AnomalyKind>())
                writer.Add(FigureFolder.Anomaly("one", kind));
        }

        Assert.Equal(Enum.GetValues<AnomalyKind>().Reverse().Select(kind => FigureFolder.Anomaly("one", kind)), _folder.Report().Anomalies);
        Assert.Empty(_folder.Report(new ReportScope { Server = "other" }).Anomalies);
        Assert.Empty(_folder.Report(new ReportScope { Since = FigureFolder.Start.AddHours(1) }).Anomalies);
        Assert.NotEmpty(_folder.Report(new ReportScope { Session = Assert.Single(_folder.Report().Sessions) }).Anomalies);
    }

    [Fact]
    public void LearnFrom_WhatWasLearned_IsWrittenOnceAMinuteAndAtTheEnd()
    {
        var round = 0;
        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(FigureFolder.Facts("one"));
            writer.LearnFrom(() => [new LearnedState("files", "read", [(byte)++round])]);
            FigureFolder.Count(session, 1, 1);
            writer.Write();
            FigureFolder.Count(session, 2, 1);
            writer.Write();
            Assert.Equal(1, round);
            _folder.Time.Advance(TimeSpan.FromMinutes(1));
            FigureFolder.Count(session, 3, 1);
            writer.Write();
            Assert.Equal(2, round);
        }

        using var other = _folder.Writer();
        var learned = Assert.Single(other.ReadLearned());
        Assert.Equal(("files", "read", 3), (learned.Server, learned.Tool, Assert.Single(learned.Data)));
    }

    [Fact]
    public void Write_FindingsWhileTheFileCannotBeWritten_WaitInMemory()
    {
        Directory.CreateDirectory(_folder.File); // Nothing can be opened there.
        using (var writer = _folder.Writer())
        {
            FigureFolder.Count(writer.Begin(FigureFolder.Facts("one")), 1, 1);
            writer.Add(FigureFolder.Anomaly("one"));
            writer.LearnFrom(() => [new LearnedState("files", "read", [1])]);
            writer.Write();
            Directory.Delete(_folder.File);
        }

        Assert.Equal(FigureFolder.Anomaly("one"), Assert.Single(_folder.Report().Anomalies));
        using var other = _folder.Writer();
        Assert.Single(other.ReadLearned());
    }

    [Fact]
    public void Write_OldFigures_AreDeleted()
    {
        _folder.Write("old", 1, tool: "old");
        _folder.Time.Advance(_folder.Options.MaxAge + TimeSpan.FromHours(2));
        _folder.Write("new", 2, tool: "new", at: _folder.Time.GetUtcNow());

        var report = _folder.Report();
        Assert.Equal("new", Assert.Single(report.Tools).Name);
        Assert.Single(report.Sessions);
    }

    [Fact]
    public void Write_MoreThanMayBe_DeletesTheOldestHours()
    {
        using var folder = new FigureFolder { Options = new AnalyticsOptions { MaxBytes = 200_000 } };
        for (var hour = 0; hour < 40; hour++)
        {
            folder.Time.Advance(TimeSpan.FromHours(1));
            using var writer = folder.Writer();
            var session = writer.Begin(FigureFolder.Facts($"s{hour}", at: folder.Time.GetUtcNow()));
            for (var tool = 0; tool < 100; tool++)
                FigureFolder.Count(session, tool + 1, 1, $"a-tool-with-a-name-{tool}", folder.Time.GetUtcNow());
        }

        using var database = AnalyticsDatabase.OpenToRead(folder.File);
        Assert.InRange(database.Used, 1, 200_000);
        var hours = folder.Report().Hours;
        Assert.InRange(hours.Count, 1, 39);
        Assert.Equal(HourKey.HourOf(folder.Time.GetUtcNow()), HourKey.HourOf(hours[^1].Start));
        Assert.Equal(100, hours[^1].Figures.Calls);
    }
}
