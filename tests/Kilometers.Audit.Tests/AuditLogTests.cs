using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Audit.Storage;

namespace Kilometers.Audit.Tests;

public sealed class AuditLogTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly LogFolder _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Append_FirstRecord_IsOneLineOfJsonInTheOrderOfTheFormat()
    {
        _log.Log.Append(
            new AuditRecord
            {
                Event = "plugin.installed",
                Plugin = "api-logger",
                Version = "1.2.3",
                Digest = new string('a', 64),
                Decision = AuditDecision.Allowed,
                Code = "PLG_DEV_002",
                Detail = "größer + schneller",
                Session = "s1",
            }
        );
        Assert.Equal(
            $$"""{"seq":1,"prev":"{{new string('0', 64)}}","time":"2026-01-02T03:04:05.678Z","event":"plugin.installed","plugin":"api-logger","version":"1.2.3","digest":"{{new string('a', 64)}}","decision":"allowed","code":"PLG_DEV_002","detail":"größer + schneller","session":"s1","user":"{{SystemUser.Current}}","pid":{{Environment.ProcessId}}}"""
                + "\n",
            File.ReadAllText(_log.Paths.Log)
        );
    }

    [Fact]
    public void Append_NullMembers_AreLeftOutAndTheDecisionIsDenied()
    {
        _log.Log.Append(new AuditRecord { Event = "plugin.started" });
        using var json = JsonDocument.Parse(_log.Lines[0]);
        Assert.Equal(
            ["seq", "prev", "time", "event", "decision", "user", "pid"],
            json.RootElement.EnumerateObject().Select(member => member.Name)
        );
        Assert.Equal("denied", json.RootElement.GetProperty("decision").GetString());
    }

    [Fact]
    public void Append_SeveralRecords_ChainsTheExactBytes()
    {
        _log.With(3);
        var prev = new string('0', 64);
        foreach (var (line, index) in _log.Lines.Select((line, index) => (line, index)))
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal(index + 1, json.RootElement.GetProperty("seq").GetInt64());
            Assert.Equal(prev, json.RootElement.GetProperty("prev").GetString());
            prev = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
        }

        using var head = JsonDocument.Parse(File.ReadAllText(_log.Paths.Head));
        Assert.Equal(3, head.RootElement.GetProperty("seq").GetInt64());
        Assert.Equal(prev, head.RootElement.GetProperty("hash").GetString());
    }

    [Fact]
    public void Append_TimePasses_TheRecordSaysTheClocksTime()
    {
        _log.With(1);
        _log.Time.Advance(TimeSpan.FromDays(1));
        _log.With(1);
        Assert.Equal([_log.Time.GetUtcNow().AddDays(-1), _log.Time.GetUtcNow()], _log.Entries.Select(entry => entry.Time));
    }

    [Fact]
    public void Append_NewLog_IsTheUsersAlone()
    {
        _log.With(1);
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_log.Folder));
        Assert.Equal(
            ["audit.jsonl", "audit.lock", "audit.turn", "checkpoint.key", "checkpoint.pub", "head.json"],
            Directory.EnumerateFileSystemEntries(_log.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        Assert.All(Directory.EnumerateFiles(_log.Folder), file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Append_NewLog_MakesAKeyOnP256AndKeepsIt()
    {
        _log.With(1);
        var pem = File.ReadAllText(_log.Paths.Key);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", pem, StringComparison.Ordinal);
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        Assert.Equal(256, key.KeySize);
        Assert.Equal(key.ExportSubjectPublicKeyInfoPem() + "\n", File.ReadAllText(_log.Paths.PublicKey));
        _log.With(1);
        Assert.Equal(pem, File.ReadAllText(_log.Paths.Key));
    }

    [Fact]
    public void Append_HundredRecords_EveryHundredthIsASignedCheckpoint()
    {
        _log.With(250);
        var checkpoints = _log.Entries.Where(entry => entry.Event == "audit.checkpoint").ToList();
        Assert.Equal([100, 200], checkpoints.Select(entry => entry.Seq));
        Assert.All(checkpoints, entry => Assert.Contains("\"signature\":\"", entry.Json, StringComparison.Ordinal));
        _log.AssertIntact(252);
    }

    [Fact]
    public void Checkpoint_OnRequest_IsAppended()
    {
        _log.With(2);
        _log.Log.Checkpoint();
        Assert.Equal(["test.written", "test.written", "audit.checkpoint"], _log.Entries.Select(entry => entry.Event));
        _log.AssertIntact(3);
    }

    [Fact]
    public void Checkpoint_NoLogYet_BeginsOne()
    {
        _log.Log.Checkpoint();
        _log.AssertIntact(1);
    }

    [Theory]
    [InlineData("audit.checkpoint")]
    [InlineData("audit.anything")]
    [InlineData("")]
    [InlineData(" ")]
    public void Append_TheLogsOwnEventOrNone_IsRefused(string name) =>
        Assert.Throws<ArgumentException>(() => _log.Log.Append(new AuditRecord { Event = name }));

    [Fact]
    public void Append_TextsOfAllKinds_StayOnOneLineAndWithoutSecrets()
    {
        var text = "a\nb\u001b[31m\u202e key km_live_k1_s3cr3t";
        _log.Log.Append(
            new AuditRecord
            {
                Event = text,
                Plugin = text,
                Version = text,
                Digest = text,
                Code = text,
                Detail = text,
                Session = text,
            }
        );
        var entry = Assert.Single(_log.Entries);
        Assert.All([entry.Event, entry.Plugin, entry.Version, entry.Digest, entry.Code, entry.Detail, entry.Session], clean =>
            Assert.Equal("a b [31m  key km_live_k1_***", clean)
        );
        Assert.DoesNotContain("s3cr3t", File.ReadAllText(_log.Paths.Log), StringComparison.Ordinal);
        _log.AssertIntact(1);
    }

    [Fact]
    public void Append_TextsOfTheGreatestLength_MakeALineThatIsReadBack()
    {
        var text = new string('"', 100_000);
        for (var i = 0; i < 3; i++)
            _log.Log.Append(
                new AuditRecord
                {
                    Event = text,
                    Plugin = text,
                    Version = text,
                    Digest = text,
                    Code = text,
                    Detail = text,
                    Session = text,
                }
            );
        Assert.All(_log.Entries, entry => Assert.Equal((true, 2000, 200), (entry.IsReadable, entry.Detail!.Length, entry.Plugin!.Length)));
        _log.AssertIntact(3);
    }

    [Fact]
    public void Append_LongLog_ReadsOnlyItsEnd()
    {
        LongLog.Write(_log, 60_000);
        Assert.InRange(new FileInfo(_log.Paths.Log).Length, 10_000_000, long.MaxValue);
        _log.With(1);
        var before = BytesRead();
        _log.With(1);
        Assert.InRange(BytesRead() - before, 1, 500_000);
        Assert.Equal(AuditOutcome.Intact, _log.Verify().Outcome);
        Assert.Equal("1", AuditReader.Read(_log.Folder, new AuditFilter { Tail = 1 }).Single().Detail);
    }

    private static long BytesRead() =>
        long.Parse(
            File.ReadLines("/proc/self/io").First(line => line.StartsWith("rchar:", StringComparison.Ordinal))[6..],
            System.Globalization.CultureInfo.InvariantCulture
        );
}
