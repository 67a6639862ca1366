namespace Kilometers.Audit.Tests;

/// <summary>A log that has become several files is still one log.</summary>
public sealed class RotationTests : IDisposable
{
    private const long MaxFile = 1_000;
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    private AuditLog Small => new(_log.Folder, _log.Time, MaxFile);

    [Fact]
    public void Append_FullFile_GoesOnInAnotherThatNamesIt()
    {
        Write(30);
        Assert.True(_log.Paths.Older.Count > 2);
        Assert.Equal("audit-000000000001.jsonl", Path.GetFileName(_log.Paths.Older[0]));
        Assert.All(_log.Paths.Older, file => Assert.InRange(new FileInfo(file).Length, MaxFile, 2 * MaxFile));
        foreach (var (file, before) in _log.Paths.Older.Append(_log.Paths.Log).Skip(1).Zip(_log.Paths.Older))
        {
            var first = File.ReadLines(file).First();
            Assert.Contains("\"audit.rotated\"", first, StringComparison.Ordinal);
            Assert.Contains(Path.GetFileName(before), first, StringComparison.Ordinal);
        }

        var result = _log.Verify();
        Assert.Empty(result.Faults);
        Assert.Equal((AuditOutcome.Intact, 1L, result.Records), (result.Outcome, result.FirstSeq, result.LastSeq));
        Assert.Equal(Enumerable.Range(1, 30).Select(i => $"{i}"), Details());
        Assert.Equal(
            ["28", "29", "30"],
            AuditReader.Read(_log.Folder, new AuditFilter { Tail = 3, Event = "test.*" }).Select(entry => entry.Detail)
        );
    }

    [Fact]
    public void Read_TailBeyondTheFile_ReadsTheFilesBefore()
    {
        Write(30);
        var tail = AuditReader.Read(_log.Folder, new AuditFilter { Tail = 25, Event = "test.*" }).Select(entry => entry.Detail);
        Assert.Equal(Enumerable.Range(6, 25).Select(i => $"{i}"), tail);
    }

    [Fact]
    public void Append_CrashBetweenRenamingAndWriting_GoesOnChained()
    {
        Write(5);
        File.Move(
            _log.Paths.Log,
            _log.Paths.OlderFrom(
                AuditReader.Read(_log.Folder, new AuditFilter { Event = "audit.rotated", Tail = 1 }).FirstOrDefault()?.Seq ?? 1
            )
        );
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Small.Append(LogFolder.Record("after"));
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Equal("after", Details().Last());
    }

    [Fact]
    public void Append_TornEndOfAFullFile_IsRepairedWhereItIs()
    {
        Write(5);
        while (new FileInfo(_log.Paths.Log).Length < MaxFile)
            Small.Append(LogFolder.Record("fill"));
        _log.AppendRaw("{\"torn");
        Small.Append(LogFolder.Record("after"));
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Single(_log.Entries, entry => entry.Event == "audit.repaired");
    }

    [Fact]
    public void Verify_MissingOlderFile_IsDamaged()
    {
        Write(30);
        File.Delete(_log.Paths.Older[1]);
        Assert.Equal(AuditOutcome.Damaged, _log.Verify().Outcome);
        Assert.Contains(_log.Verify().Faults, fault => fault.Kind == AuditFaultKind.Gap);
    }

    [Fact]
    public void Verify_MissingFirstFile_IsDamaged()
    {
        Write(30);
        File.Delete(_log.Paths.Older[0]);
        Assert.Equal(AuditOutcome.Damaged, _log.Verify().Outcome);
    }

    [Fact]
    public void Verify_MissingNewestFile_IsTruncated()
    {
        Write(30);
        File.Delete(_log.Paths.Log);
        Assert.Contains(_log.Verify().Faults, fault => fault.Kind == AuditFaultKind.Truncated);
        Small.Append(LogFolder.Record("after"));
        Assert.Contains(_log.Verify().Faults, fault => fault.Kind == AuditFaultKind.RecordedDamage);
    }

    [Fact]
    public void Verify_EditedLineOfAnOlderFile_IsDamaged()
    {
        Write(30);
        var file = _log.Paths.Older[1];
        File.WriteAllText(
            file,
            File.ReadAllText(file).Replace("\"decision\":\"info\"", "\"decision\":\"allowed\"", StringComparison.Ordinal)
        );
        Assert.Contains(_log.Verify().Faults, fault => fault.Kind == AuditFaultKind.EditedLine);
    }

    [Fact]
    public void Verify_PieceOfALineAfterAnOlderFile_IsDamaged()
    {
        Write(30);
        File.AppendAllText(_log.Paths.Older[1], "{\"piece");
        Assert.Equal(AuditOutcome.Damaged, _log.Verify().Outcome);
    }

    [Fact]
    public async Task Append_ManyWritersAtOnce_RotateWithoutLosingARecord()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(writer =>
                    Task.Run(() =>
                    {
                        // One that waits for another waits by the clock.
                        var log = new AuditLog(_log.Folder, TimeProvider.System, MaxFile);
                        for (var i = 0; i < 20; i++)
                            log.Append(LogFolder.Record($"{writer}-{i}"), durable: false);
                    })
                )
        );
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Equal(80, Details().Distinct().Count());
    }

    [Fact]
    public async Task FollowAsync_AcrossSeveralFiles_GivesEachRecordOnce()
    {
        Write(3);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var seen = new List<string>();
        await foreach (
            var entry in AuditReader.FollowAsync(
                _log.Folder,
                new AuditFilter { Tail = 2, Event = "test.*" },
                TimeProvider.System,
                stop.Token
            )
        )
        {
            seen.Add(entry.Detail!);
            if (seen.Count == 2)
                for (var i = 4; i <= 30; i++)
                    Small.Append(LogFolder.Record($"{i}"), durable: false);
            if (seen.Count == 29)
                await stop.CancelAsync();
        }

        Assert.Equal(Enumerable.Range(2, 29).Select(i => $"{i}"), seen);
    }

    [Fact]
    public void ReadAfter_LogThatWasBegunAgain_GivesAllOfIt()
    {
        Write(3);
        Assert.Equal(["2", "3"], AuditReader.ReadAfter(_log.Folder, 1).Select(entry => entry.Detail));
        Assert.Empty(AuditReader.ReadAfter(_log.Folder, 3));
        Assert.Equal(3, AuditReader.ReadAfter(_log.Folder, 7).Count());
    }

    [Fact]
    public void Append_Data_IsKeptCleanAndInOrder()
    {
        var data = new Dictionary<string, string> { ["b"] = "x\u001b[31m\ny", ["a"] = "km_live_abc_SECRET" };
        for (var i = 0; i < 2 * AuditRecord.MaxData; i++)
            data[$"n{i}"] = new string('€', 5_000);
        _log.Log.Append(LogFolder.Record("with data") with { Data = data });
        var kept = _log.Entries.Single().Data!;
        Assert.Equal(AuditRecord.MaxData, kept.Count);
        Assert.Equal(["b", "a", "n0"], kept.Keys.Take(3));
        Assert.Equal(("x [31m y", "km_live_abc_***"), (kept["b"], kept["a"]));
        _log.AssertIntact(1);
    }

    private void Write(int count)
    {
        for (var i = 1; i <= count; i++)
            Small.Append(LogFolder.Record($"{i}"), durable: false);
    }

    private IEnumerable<string?> Details() =>
        _log.Entries.Where(entry => entry.Event.StartsWith("test.", StringComparison.Ordinal)).Select(entry => entry.Detail);
}
