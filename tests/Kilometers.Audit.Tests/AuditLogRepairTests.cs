using System.Security.Cryptography;
using System.Text;
using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests;

/// <summary>What a writer does with a log that a crash, or somebody, left in another state than a writer leaves it.</summary>
public sealed class AuditLogRepairTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("x")]
    [InlineData("""{"seq":4,"prev":"00""")]
    [InlineData("\0\0\0\0")]
    public void Append_TornEnd_IsCutOffAndRecorded(string torn)
    {
        _log.With(3).AppendRaw(torn);
        _log.Log.Append(LogFolder.Record("after"));
        var entries = _log.Entries;
        Assert.Equal(
            ["test.written", "test.written", "test.written", "audit.repaired", "test.written"],
            entries.Select(entry => entry.Event)
        );
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(torn))), entries[3].Digest);
        Assert.Equal($"{torn.Length} bytes of a line without an end were cut off", entries[3].Detail);
        Assert.Equal("after", entries[4].Detail);
        _log.AssertIntact(5);
    }

    [Fact]
    public void Append_TornEndLongerThanWhatIsWritten_IsCutOffWhole()
    {
        var torn = new string('x', 300_000);
        _log.With(1).AppendRaw(torn);
        _log.With(1);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(torn))), _log.Entries[1].Digest);
        _log.AssertIntact(3);
    }

    [Fact]
    public void Append_TornFirstLine_IsCutOffAndRecorded()
    {
        _log.With(1);
        var head = EmptyHead();
        File.WriteAllText(_log.Paths.Log, """{"seq":1""");
        File.WriteAllBytes(_log.Paths.Head, head);
        _log.With(1);
        Assert.Equal(["audit.repaired", "test.written"], _log.Entries.Select(entry => entry.Event));
        _log.AssertIntact(2);
    }

    [Fact]
    public void Append_RepairBeforeTheHundredth_LeavesTheCheckpointsInPlace()
    {
        _log.With(98).AppendRaw("torn");
        _log.With(1);
        Assert.Equal(
            ["test.written", "audit.repaired", "audit.checkpoint", "test.written"],
            _log.Entries.Skip(97).Select(entry => entry.Event)
        );
        _log.AssertIntact(101);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(40)]
    public void Append_HeadBehindTheLog_IsNoDamage(int behind)
    {
        _log.With(2);
        var head = File.ReadAllBytes(_log.Paths.Head);
        _log.With(behind);
        File.WriteAllBytes(_log.Paths.Head, head);
        _log.AssertIntact(2 + behind);
        _log.With(1);
        Assert.DoesNotContain(_log.Entries, entry => entry.Event == "audit.damaged");
        _log.AssertIntact(3 + behind);
        Assert.Equal(3 + behind, _log.Verify().SignedThrough);
    }

    [Fact]
    public void Append_KilledBeforeTheHeadWasReplaced_LeavesNothingBehind()
    {
        _log.With(2);
        var head = File.ReadAllBytes(_log.Paths.Head);
        _log.With(1);
        File.WriteAllBytes(_log.Paths.Head, head);
        File.WriteAllText(_log.Paths.Head + ".new-0badf00d", "half a he");
        _log.With(1);
        Assert.Empty(Directory.EnumerateFiles(_log.Folder, "*.new-*"));
        _log.AssertIntact(4);
    }

    [Fact]
    public void Append_KilledBetweenTheKeysFiles_MakesThePublicOneAgain()
    {
        _log.With(1);
        var key = File.ReadAllText(_log.Paths.PublicKey);
        foreach (var file in new[] { _log.Paths.PublicKey, _log.Paths.Head, _log.Paths.Log })
            File.Delete(file);
        Assert.Equal(AuditOutcome.NotVerified, _log.Verify().Outcome);
        _log.With(1);
        Assert.Equal(key, File.ReadAllText(_log.Paths.PublicKey));
        _log.AssertIntact(1);
    }

    [Fact]
    public void Append_KilledBeforeTheFirstRecord_IsAnEmptyLog()
    {
        _log.With(1);
        var head = EmptyHead();
        File.WriteAllText(_log.Paths.Log, "");
        File.WriteAllBytes(_log.Paths.Head, head);
        _log.AssertIntact(0);
        _log.With(1);
        _log.AssertIntact(1);
    }

    [Fact]
    public void Append_LogWasTruncated_RecordsThatAndNoNewHeadHidesIt()
    {
        _log.With(5);
        _log.Lines = _log.Lines[..3];
        AssertRecordsDamage("before this record, the head names record 5, but the log ends with 3", line: 4);
    }

    [Fact]
    public void Append_LogWasEmptied_RecordsThat()
    {
        _log.With(5);
        _log.Lines = [];
        AssertRecordsDamage("before this record, the head names record 5, but the log ends with 0", line: 1);
    }

    [Fact]
    public void Append_LastLineWasEdited_RecordsThat()
    {
        _log.With(3);
        _log.Lines = [.. _log.Lines[..2], _log.Lines[2].Replace("\"3\"", "\"4\"", StringComparison.Ordinal)];
        AssertRecordsDamage("before this record, record 3 is not the one that the head names", line: 4);
    }

    [Fact]
    public void Append_LineOfALateHeadWasEdited_RecordsThat()
    {
        _log.With(2);
        var head = File.ReadAllBytes(_log.Paths.Head);
        _log.With(2);
        File.WriteAllBytes(_log.Paths.Head, head);
        var lines = _log.Lines;
        lines[1] = lines[1].Replace("\"2\"", "\"3\"", StringComparison.Ordinal);
        _log.Lines = lines;
        _log.Log.Append(LogFolder.Record("after"));
        Assert.Equal(["EditedLine 2", "RecordedDamage 5"], _log.Faults());
    }

    [Fact]
    public void Append_LastLineIsNoRecord_RecordsThatUnderTheNextNumber()
    {
        _log.With(3);
        _log.Lines = [.. _log.Lines[..2], "nonsense"];
        _log.Log.Append(LogFolder.Record("after"));
        Assert.Equal(["InvalidLine 3", "RecordedDamage 4"], _log.Faults());
    }

    [Fact]
    public void Append_NoLineIsARecordAndTheHeadNeither_RecordsThat()
    {
        _log.With(1);
        _log.Lines = ["non", "sense"];
        File.WriteAllText(_log.Paths.Head, "nonsense");
        _log.Log.Append(LogFolder.Record("after"));
        Assert.Equal(["InvalidLine 1", "InvalidLine 2", "RecordedDamage 3"], _log.Faults());
    }

    [Fact]
    public void Append_HeadIsMissing_RecordsThat()
    {
        _log.With(3);
        File.Delete(_log.Paths.Head);
        AssertRecordsDamage("before this record, the head is missing", line: 4);
    }

    [Fact]
    public void Append_HeadWasEdited_RecordsThat()
    {
        _log.With(3);
        File.WriteAllText(_log.Paths.Head, File.ReadAllText(_log.Paths.Head).Replace("\"seq\":3", "\"seq\":2", StringComparison.Ordinal));
        AssertRecordsDamage("before this record, the head is not valid", line: 4);
    }

    private void AssertRecordsDamage(string detail, int line)
    {
        _log.Log.Append(LogFolder.Record("after"));
        var damage = Assert.Single(_log.Entries, entry => entry.Event == "audit.damaged");
        Assert.Equal(("AUD_LOG_002", detail, (long)line), (damage.Code, damage.Detail, damage.Seq));
        _log.AssertDamaged($"RecordedDamage {line}");

        // Once, not with every record.
        _log.Log.Append(LogFolder.Record("later"));
        _log.AssertDamaged($"RecordedDamage {line}");
        Assert.Equal("later", _log.Entries[^1].Detail);
    }

    private byte[] EmptyHead()
    {
        using var key = CheckpointKey.ForSigning(_log.Paths, mayMake: false);
        return LogHead.Empty(key, "2026-01-02T03:04:05.678Z").ToBytes();
    }
}
