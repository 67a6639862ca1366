using Kilometers.Audit.Storage;
using Kilometers.Contracts;

namespace Kilometers.Audit.Tests;

public sealed class AuditReaderTests : IDisposable
{
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Read_NoLog_GivesNothing()
    {
        Assert.Empty(AuditReader.Read(_log.Folder));
        Assert.Empty(AuditReader.Read(_log.Folder, new AuditFilter { Tail = 3 }));
    }

    [Fact]
    public void Read_Record_GivesEveryMember()
    {
        _log.Log.Append(
            new AuditRecord
            {
                Event = "plugin.installed",
                Plugin = "p",
                Version = "1.0.0",
                Digest = "d",
                Code = "C",
                Detail = "x",
                Session = "s",
                Decision = AuditDecision.Allowed,
            }
        );
        Assert.Equal(
            new AuditEntry
            {
                IsReadable = true,
                Seq = 1,
                Time = _log.Time.GetUtcNow(),
                Event = "plugin.installed",
                Plugin = "p",
                Version = "1.0.0",
                Digest = "d",
                Code = "C",
                Detail = "x",
                Session = "s",
                Decision = AuditDecision.Allowed,
                User = SystemUser.Current,
                Pid = Environment.ProcessId,
                Hash = LogFormat.Hash(System.Text.Encoding.UTF8.GetBytes(_log.Lines[0])),
                Json = _log.Lines[0],
            },
            Assert.Single(_log.Entries)
        );
    }

    [Fact]
    public void Read_EachFilter_LetsItsOwnThroughNewestLast()
    {
        // One record a minute; each differs from the others in one respect.
        AuditRecord[] records =
        [
            new()
            {
                Event = "plugin.started",
                Plugin = "a",
                Decision = AuditDecision.Allowed,
            },
            new()
            {
                Event = "plugin.stopped",
                Plugin = "a",
                Decision = AuditDecision.Info,
            },
            new()
            {
                Event = "plugin.started",
                Plugin = "b",
                Decision = AuditDecision.Denied,
                Code = "PLG_SIG_001",
            },
            new() { Event = "trust.added", Decision = AuditDecision.Allowed },
        ];
        foreach (var record in records)
        {
            _log.Log.Append(record);
            _log.Time.Advance(TimeSpan.FromMinutes(1));
        }

        var start = _log.Time.GetUtcNow().AddMinutes(-4);
        Check(new AuditFilter(), 1, 2, 3, 4);
        Check(new AuditFilter { Since = start.AddMinutes(1) }, 2, 3, 4);
        Check(new AuditFilter { Until = start.AddMinutes(1) }, 1);
        Check(new AuditFilter { Event = "plugin.started" }, 1, 3);
        Check(new AuditFilter { Event = "plugin.*" }, 1, 2, 3);
        Check(new AuditFilter { Event = "plugin" });
        Check(new AuditFilter { Plugin = "a" }, 1, 2);
        Check(new AuditFilter { Decision = AuditDecision.Denied }, 3);
        Check(new AuditFilter { Code = "PLG_SIG_001" }, 3);
        Check(new AuditFilter { Plugin = "a", Decision = AuditDecision.Allowed }, 1);
        Check(new AuditFilter { Tail = 2 }, 3, 4);
        Check(new AuditFilter { Tail = 9 }, 1, 2, 3, 4);
        Check(new AuditFilter { Tail = 1, Plugin = "a" }, 2);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public void Read_UnreadableLine_PassesEveryFilter(int? tail)
    {
        _log.With(3);
        _log.Lines = [_log.Lines[0], "non\u001bsense", _log.Lines[2]];
        var entries = AuditReader.Read(_log.Folder, new AuditFilter { Plugin = "none", Tail = tail }).ToList();
        Assert.Equal(
            new AuditEntry { Json = "non\u001bsense", Hash = LogFormat.Hash(System.Text.Encoding.UTF8.GetBytes("non\u001bsense")) },
            Assert.Single(entries)
        );
        Assert.False(entries[0].IsReadable);
    }

    [Fact]
    public void Read_RecordThatSomebodyElseWrote_IsMadeClean()
    {
        _log.With(1);
        _log.Lines = [_log.Lines[0].Replace("\"1\"", "\"\\u001b[2J\\nx\"", StringComparison.Ordinal)];
        Assert.Equal(" [2J x", Assert.Single(_log.Entries).Detail);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public void Read_TornEnd_IsLeftOut(int? tail)
    {
        _log.With(3).AppendRaw("torn");
        Assert.Equal(["1", "2", "3"], AuditReader.Read(_log.Folder, new AuditFilter { Tail = tail }).Select(entry => entry.Detail!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void Read_LogIsALink_IsRefused(int? tail)
    {
        _log.With(1);
        File.Move(_log.Paths.Log, _log.Paths.Log + ".moved");
        File.CreateSymbolicLink(_log.Paths.Log, _log.Paths.Log + ".moved");
        var error = Assert.Throws<KmException>(() => AuditReader.Read(_log.Folder, new AuditFilter { Tail = tail }).ToList()).Error;
        Assert.Equal(ErrorCode.AuditNotRead, error.Code);
    }

    [Fact]
    public void Read_LongLogWhileItGrows_GivesWholeEntries()
    {
        LongLog.Write(_log, 3_000);
        using var entries = AuditReader.Read(_log.Folder).GetEnumerator();
        Assert.True(entries.MoveNext());
        _log.With(5);
        var seen = new List<AuditEntry> { entries.Current };
        while (entries.MoveNext())
            seen.Add(entries.Current);
        Assert.All(seen, entry => Assert.True(entry.IsReadable));
        Assert.Equal(Enumerable.Range(1, seen.Count).Select(i => (long)i), seen.Select(entry => entry.Seq));
    }

    private void Check(AuditFilter filter, params long[] expected) =>
        Assert.Equal(expected, AuditReader.Read(_log.Folder, filter).Select(entry => entry.Seq));
}
