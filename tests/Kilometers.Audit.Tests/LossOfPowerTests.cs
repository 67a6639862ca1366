using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests;

/// <summary>The head may reach the disk before the line that it names. What that leaves is not damage, but only what that can leave is not.</summary>
public sealed class LossOfPowerTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(5)]
    [InlineData(3)]
    [InlineData(2)]
    public void Append_UnflushedRecordsAreGoneAfterARestart_RecordsTheirLoss(int left)
    {
        FlushTwoOfSix();
        _log.Lines = _log.Lines[..left];
        Restart();
        var result = _log.Verify();
        Assert.Equal((AuditOutcome.Intact, 2L), (result.Outcome, result.SignedThrough));
        Assert.Equal(["Lost"], _log.Faults());

        _log.Log.Append(LogFolder.Record("after"));
        Assert.Equal(["audit.lost", "test.written"], _log.Entries.Skip(left).Select(entry => entry.Event));
        Assert.Equal(
            $"records {left + 1} to 6, which were not flushed to disk, are gone, and the machine was started since",
            _log.Entries[left].Detail
        );
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Equal([$"Lost {left + 1}"], _log.Faults());
    }

    [Fact]
    public void Append_UnflushedRecordsAreGoneWithoutARestart_IsDamage()
    {
        FlushTwoOfSix();
        _log.Lines = _log.Lines[..3];
        _log.AssertDamaged("Truncated");
        _log.Log.Append(LogFolder.Record("after"));
        _log.AssertDamaged("RecordedDamage 4");
    }

    [Fact]
    public void Append_FlushedRecordIsGoneAfterARestart_IsDamage()
    {
        FlushTwoOfSix();
        _log.Lines = _log.Lines[..1];
        Restart();
        _log.AssertDamaged("Truncated");
        _log.Log.Append(LogFolder.Record("after"));
        _log.AssertDamaged("RecordedDamage 2");
    }

    [Fact]
    public void Append_FlushedRecordWasEditedAndTheRestIsGoneAfterARestart_IsDamage()
    {
        FlushTwoOfSix();
        _log.Lines = [_log.Lines[0], _log.Lines[1].Replace("\"2\"", "\"3\"", StringComparison.Ordinal)];
        Restart();
        _log.AssertDamaged("HeadMismatch");
        _log.Log.Append(LogFolder.Record("after"));
        _log.AssertDamaged("RecordedDamage 3");
    }

    [Fact]
    public void Append_NotFlushed_KeepsWhatWasFlushedBefore()
    {
        FlushTwoOfSix();
        var lines = _log.Lines;
        var head = Head();
        Assert.Equal((6, 2, LogFormat.Hash(System.Text.Encoding.UTF8.GetBytes(lines[1]))), (head.Seq, head.FlushedSeq, head.FlushedHash));
        _log.Log.Append(LogFolder.Record("flushed"));
        Assert.Equal((7, 7), (Head().Seq, Head().FlushedSeq));
    }

    private void FlushTwoOfSix()
    {
        for (var i = 1; i <= 6; i++)
            _log.Log.Append(LogFolder.Record($"{i}"), durable: i <= 2);
    }

    private LogHead Head() => LogHead.Read(File.ReadAllBytes(_log.Paths.Head))!;

    /// <summary>Lets the head be of another start of the machine.</summary>
    private void Restart()
    {
        using var key = CheckpointKey.ForSigning(_log.Paths, mayMake: false);
        File.WriteAllBytes(_log.Paths.Head, (Head() with { Boot = "before" }).SignedBy(key).ToBytes());
    }
}
