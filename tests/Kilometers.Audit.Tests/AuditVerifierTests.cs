using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Kilometers.Audit.Tests;

public sealed class AuditVerifierTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void NotVerified_IsTheDefault()
    {
        Assert.Equal(AuditOutcome.NotVerified, default(AuditOutcome));
        Assert.Equal(AuditDecision.Denied, default(AuditDecision));
    }

    [Fact]
    public void Verify_NoDirectory_IsNotVerified()
    {
        Assert.Equal(AuditOutcome.NotVerified, _log.Verify().Outcome);
        Assert.Equal(["LogMissing"], _log.Faults());
        Assert.False(Directory.Exists(_log.Folder));
    }

    [Fact]
    public void Verify_IntactLog_SaysWhatThereIs()
    {
        _log.With(1);
        _log.Time.Advance(TimeSpan.FromMinutes(1));
        _log.With(119);
        var result = _log.Verify();
        Assert.Empty(result.Faults);
        Assert.Equal(0, result.FaultCount);
        Assert.Equal(
            (AuditOutcome.Intact, 121L, 1L, 121L, 121L),
            (result.Outcome, result.Records, result.FirstSeq, result.LastSeq, result.SignedThrough)
        );
        Assert.Equal((_log.Time.GetUtcNow().AddMinutes(-1), _log.Time.GetUtcNow()), (result.FirstTime, result.LastTime));
    }

    [Fact]
    public void Verify_EditedLine_IsFoundAtThatLine()
    {
        Edit(10, 4, line => line.Replace("\"decision\":\"info\"", "\"decision\":\"allowed\"", StringComparison.Ordinal));
        _log.AssertDamaged("EditedLine 4");
    }

    [Fact]
    public void Verify_EditedLastLine_IsFoundByTheHead()
    {
        Edit(10, 10, line => line.Replace("\"10\"", "\"11\"", StringComparison.Ordinal));
        _log.AssertDamaged("HeadMismatch");
    }

    [Fact]
    public void Verify_EditedFirstLine_IsFound()
    {
        Edit(10, 1, line => line.Replace(new string('0', 64), new string('1', 64), StringComparison.Ordinal));
        _log.AssertDamaged("EditedLine 1", "EditedLine 1");
    }

    [Fact]
    public void Verify_LineThatIsNoJson_IsFound()
    {
        Edit(10, 4, line => line[1..]);
        _log.AssertDamaged("InvalidLine 4");
    }

    [Fact]
    public void Verify_LineTooLongForARecord_IsFoundAndTheRestIsRead()
    {
        Edit(10, 4, line => line + new string(' ', 300_000));
        _log.AssertDamaged("InvalidLine 4");
    }

    [Fact]
    public void Verify_DeletedLine_IsAGap()
    {
        _log.With(10);
        _log.Lines = [.. _log.Lines.Where((_, index) => index != 3)];
        _log.AssertDamaged("Gap 4");
    }

    [Fact]
    public void Verify_DeletedBeginning_IsAGap()
    {
        _log.With(10);
        _log.Lines = _log.Lines[3..];
        _log.AssertDamaged("Gap 1");
    }

    [Fact]
    public void Verify_InsertedLine_IsFound()
    {
        _log.With(10);
        _log.Lines = [.. _log.Lines[..4], _log.Lines[3], .. _log.Lines[4..]];
        _log.AssertDamaged("Gap 5");
    }

    [Fact]
    public void Verify_InsertedForgedLine_IsFound()
    {
        _log.With(10);
        var lines = _log.Lines;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines[9])));
        _log.Lines = [.. lines, Regex.Replace(lines[9], "\"seq\":10,\"prev\":\"[0-9a-f]*\"", $"\"seq\":11,\"prev\":\"{hash}\"")];

        // Chained but not signed: the same as what a crash before the head leaves.
        _log.AssertIntact(11);
        Assert.Equal(10, _log.Verify().SignedThrough);
    }

    [Fact]
    public void Verify_SwappedLines_AreFound()
    {
        _log.With(10);
        var lines = _log.Lines;
        (lines[3], lines[4]) = (lines[4], lines[3]);
        _log.Lines = lines;
        _log.AssertDamaged("Gap 4", "Gap 5", "Gap 6");
    }

    [Fact]
    public void Verify_TruncatedAtALinesEnd_IsFoundByTheHead()
    {
        _log.With(10);
        _log.Lines = _log.Lines[..7];
        _log.AssertDamaged("Truncated");
    }

    [Fact]
    public void Verify_TruncatedInALine_IsFoundByTheHead()
    {
        _log.With(10);
        using (var log = new FileStream(_log.Paths.Log, FileMode.Open))
            log.SetLength(log.Length - 1);
        _log.AssertDamaged("TornEnd 10", "Truncated");
    }

    [Fact]
    public void Verify_Emptied_IsFoundByTheHead()
    {
        _log.With(10);
        _log.Lines = [];
        _log.AssertDamaged("Truncated");
    }

    [Fact]
    public void Verify_LogRemoved_IsFoundByTheHead()
    {
        _log.With(10);
        File.Delete(_log.Paths.Log);
        _log.AssertDamaged("LogMissing");
    }

    [Fact]
    public void Verify_LogAndHeadRemoved_IsNotVerified()
    {
        _log.With(10);
        File.Delete(_log.Paths.Log);
        File.Delete(_log.Paths.Head);
        Assert.Equal(AuditOutcome.NotVerified, _log.Verify().Outcome);
        File.WriteAllText(_log.Paths.Log, "");
        File.SetUnixFileMode(_log.Paths.Log, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(AuditOutcome.NotVerified, _log.Verify().Outcome);
    }

    [Fact]
    public void Verify_TornEnd_IsNamedButNoDamage()
    {
        _log.With(10).AppendRaw("""{"seq":11,""");
        var result = _log.Verify();
        Assert.Equal((AuditOutcome.Intact, 10L), (result.Outcome, result.Records));
        Assert.Equal(["TornEnd 11"], _log.Faults());
    }

    [Fact]
    public void Verify_HeadRemoved_IsFound()
    {
        _log.With(10);
        File.Delete(_log.Paths.Head);
        _log.AssertDamaged("HeadMissing");
    }

    [Theory]
    [InlineData("\"seq\":10", "\"seq\":9")]
    [InlineData("2026-01-02", "2026-01-03")]
    [InlineData("\"hash\":\"", "\"hash\":\"0")]
    [InlineData("\"seq\"", " \"seq\"")]
    [InlineData("\"seq\":", "\"seq\":10,\"seq\":")]
    [InlineData("{", "{\"more\":1,")]
    public void Verify_EditedHead_IsFound(string old, string replacement)
    {
        _log.With(10);
        File.WriteAllText(_log.Paths.Head, File.ReadAllText(_log.Paths.Head).Replace(old, replacement, StringComparison.Ordinal));
        Assert.Equal(AuditOutcome.Damaged, _log.Verify().Outcome);
        Assert.Contains("HeadInvalid", _log.Faults());
    }

    [Fact]
    public void Verify_HeadOfAnotherLog_IsFound()
    {
        using var other = new LogFolder().With(10);
        _log.Time.Advance(TimeSpan.FromSeconds(1));
        _log.With(10);
        File.WriteAllBytes(_log.Paths.Head, File.ReadAllBytes(other.Paths.Head));
        _log.AssertDamaged("HeadInvalid", "HeadMismatch");
    }

    [Fact]
    public void Verify_KeysReplaced_EverySignatureIsInvalid()
    {
        using var other = new LogFolder().With(1);
        _log.With(150);
        File.WriteAllBytes(_log.Paths.Key, File.ReadAllBytes(other.Paths.Key));
        File.WriteAllBytes(_log.Paths.PublicKey, File.ReadAllBytes(other.Paths.PublicKey));
        _log.AssertDamaged("HeadInvalid", "CheckpointInvalid 100");
    }

    [Fact]
    public void Verify_KeysReplacedAndHeadSignedAnew_TheCheckpointsStillSaySo()
    {
        using var other = new LogFolder().With(1);
        _log.With(150);
        File.WriteAllBytes(_log.Paths.Key, File.ReadAllBytes(other.Paths.Key));
        File.WriteAllBytes(_log.Paths.PublicKey, File.ReadAllBytes(other.Paths.PublicKey));
        _log.With(1);
        _log.AssertDamaged("CheckpointInvalid 100", "RecordedDamage 152");
    }

    [Fact]
    public void Verify_OnlyThePrivateKeyReplaced_IsFound()
    {
        using var other = new LogFolder().With(1);
        _log.With(10);
        File.WriteAllBytes(_log.Paths.Key, File.ReadAllBytes(other.Paths.Key));
        _log.AssertDamaged("KeyInvalid");
    }

    [Fact]
    public void Verify_CopyWithoutThePrivateKey_IsIntact()
    {
        _log.With(10);
        foreach (var file in new[] { _log.Paths.Key, _log.Paths.Lock, _log.Paths.Turn })
            File.Delete(file);
        _log.AssertIntact(10);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    public void Verify_PublicKeyMissingOrDamaged_IsFound(string? content)
    {
        _log.With(10);
        if (content is null)
            File.Delete(_log.Paths.PublicKey);
        else
            File.WriteAllText(_log.Paths.PublicKey, content);
        _log.AssertDamaged("KeyInvalid");
    }

    [Fact]
    public void Verify_CheckpointsSignatureExchanged_IsFoundEvenIfTheChainFits()
    {
        using var other = new LogFolder().With(120);
        _log.With(99);
        var foreign = Regex.Match(other.Lines[99], "\"signature\":\"([^\"]*)\"").Groups[1].Value;
        Edit(0, 100, line => Regex.Replace(line, "\"signature\":\"[^\"]*\"", $"\"signature\":\"{foreign}\""));
        _log.AssertDamaged("CheckpointInvalid 100", "HeadMismatch");
    }

    [Fact]
    public void Verify_ManyFaults_AreCountedAndTheFirstOnesKept()
    {
        _log.With(10);
        _log.Lines = [.. Enumerable.Repeat("x", 500)];
        var result = _log.Verify();
        Assert.Equal((501L, 100), (result.FaultCount, result.Faults.Count));
    }

    private void Edit(int count, int line, Func<string, string> edit)
    {
        _log.With(count);
        var lines = _log.Lines;
        var edited = edit(lines[line - 1]);
        Assert.NotEqual(lines[line - 1], edited);
        lines[line - 1] = edited;
        _log.Lines = lines;
    }
}
