namespace Kilometers.Audit.Tests;

/// <summary>A log held against what somebody outside saw of it.</summary>
public sealed class WitnessedTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Flush_NoLog_IsNull() => Assert.Null(_log.Log.Flush());

    [Fact]
    public void Flush_RecordsThatWereNotFlushed_FlushesThemFirst()
    {
        _log.With(3);
        var head = _log.Log.Flush()!;
        Assert.Equal("audit.checkpoint", _log.Entries[^1].Event);
        Assert.Equal(_log.Entries[^1].Seq, head.Seq);

        // What is on disk needs no record more.
        Assert.Equal(head, _log.Log.Flush());
    }

    [Fact]
    public void Verify_WitnessedHeads_AreProvenAsFarAsSeen()
    {
        var first = Head(3);
        var second = Head(3);
        _log.With(2);
        var result = Verify(second, first);
        Assert.Empty(result.Faults);
        Assert.Equal((AuditOutcome.Intact, second.Seq), (result.Outcome, result.WitnessedThrough));
        Assert.Equal(0, _log.Verify().WitnessedThrough);
    }

    [Fact]
    public void Verify_OlderCopyOfTheWholeLog_IsFoundByTheWitnessOnly()
    {
        var first = Head(3);
        var copy = Files();
        var second = Head(3);
        Restore(copy);
        _log.AssertIntact(first.Seq);
        var result = Verify(first, second);
        Assert.Equal((AuditOutcome.Damaged, first.Seq), (result.Outcome, result.WitnessedThrough));
        Assert.Equal([AuditFaultKind.WitnessMismatch], result.Faults.Select(fault => fault.Kind));
    }

    [Fact]
    public void Verify_LogRewrittenFromAnOlderCopy_IsFoundByTheWitnessOnly()
    {
        Head(3);
        var copy = Files();
        var second = Head(3);
        Restore(copy);
        _log.With(20);
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        var fault = Assert.Single(Verify(second).Faults);
        Assert.Equal(AuditFaultKind.WitnessMismatch, fault.Kind);
        Assert.Contains("rewritten", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_NewLogInItsPlace_IsFoundByTheWitnessOnly()
    {
        var head = Head(3);
        Directory.Delete(_log.Folder, recursive: true);
        Assert.Equal(AuditOutcome.Damaged, Verify(head).Outcome);
        _log.With(20);
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Equal(AuditOutcome.Damaged, Verify(head).Outcome);
    }

    private AuditHead Head(int records)
    {
        _log.With(records);
        return _log.Log.Flush()!;
    }

    private AuditVerification Verify(params AuditHead[] seen) => AuditVerifier.Verify(_log.Folder, witnessed: seen);

    private Dictionary<string, byte[]> Files() => Directory.EnumerateFiles(_log.Folder).ToDictionary(file => file, File.ReadAllBytes);

    private static void Restore(Dictionary<string, byte[]> files)
    {
        foreach (var (file, content) in files)
            File.WriteAllBytes(file, content);
    }
}
