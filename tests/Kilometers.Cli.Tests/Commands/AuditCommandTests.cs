using System.Text;
using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Cli.Tests.Commands;

public sealed class AuditCommandTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("km-cli-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly MemoryStream _errors = new();

    private string Folder => Path.Combine(_parent, "audit");

    private string LogFile => Path.Combine(Folder, "audit.jsonl");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Show_Records_AreATableWithTheNewestLast()
    {
        Append(
            new AuditRecord
            {
                Event = "plugin.install",
                Plugin = "a",
                Version = "1.0.0",
                Decision = AuditDecision.Allowed,
            }
        );
        _time.Advance(TimeSpan.FromSeconds(1));
        Append(
            new AuditRecord
            {
                Event = "plugin.denied",
                Plugin = "b",
                Code = "PLG_SIG_002",
            }
        );
        Assert.Equal(0, Show(new AuditFilter()));
        Assert.Equal(
            """
            TIME                  EVENT               DECISION  PLUGIN                      DETAIL
            2026-01-02 03:04:05Z  plugin.install      allowed   a 1.0.0
            2026-01-02 03:04:06Z  plugin.denied       denied    b                           PLG_SIG_002

            """,
            _output.ToString()
        );
    }

    [Fact]
    public void Show_Filter_IsUsed()
    {
        Append(new AuditRecord { Event = "plugin.install", Plugin = "a" });
        Append(new AuditRecord { Event = "plugin.install", Plugin = "b" });
        Assert.Equal(0, Show(new AuditFilter { Plugin = "b" }));
        Assert.Equal(2, _output.ToString().TrimEnd().Split('\n').Length);
        Assert.Contains("denied    b", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Show_Json_IsTheLinesAsTheyAreKept()
    {
        Append(new AuditRecord { Event = "plugin.install", Plugin = "a" });
        Append(new AuditRecord { Event = "plugin.install", Plugin = "größer" });
        Assert.Equal(0, Show(new AuditFilter(), isJson: true));
        Assert.Equal(File.ReadAllText(LogFile), _output.ToString());
    }

    [Fact]
    public void Show_NoLog_SaysSoAndIsNoFailure()
    {
        Assert.Equal(0, Show(new AuditFilter()));
        Assert.Equal("No records.\n", _output.ToString());
        _output.GetStringBuilder().Clear();
        Assert.Equal(0, Show(new AuditFilter(), isJson: true));
        Assert.Equal("", _output.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Show_LinesThatAreNoRecords_ShowNothingOfThemselvesAndFail(bool isJson)
    {
        Append(new AuditRecord { Event = "plugin.install", Plugin = "a" });
        File.AppendAllText(LogFile, "\u001b[2Jnonsense\n");
        Assert.Equal(1, Show(new AuditFilter(), isJson));
        Assert.DoesNotContain("\u001b", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(isJson ? 1 : 3, _output.ToString().TrimEnd().Split('\n').Length);
        Assert.Contains("A line of the audit log is not a record [AUD_LOG_002]", Errors(), StringComparison.Ordinal);
    }

    [Fact]
    public void Escape_MisleadingCharacters_GiveTheSameJson()
    {
        const string Json = "{\"detail\":\"a\u009b2J \u202e \u2028 größe 😀\"}";
        var escaped = TerminalText.Json(Json, isAscii: false);
        Assert.Equal("{\"detail\":\"a\\u009b2J \\u202e \\u2028 größe 😀\"}", escaped);
        Assert.Equal(
            JsonElement.Parse(Json).GetProperty("detail").GetString(),
            JsonElement.Parse(escaped).GetProperty("detail").GetString()
        );
    }

    [Fact]
    public void Describe_IntactLog_SaysWhatThereIs()
    {
        Append(new AuditRecord { Event = "plugin.install" });
        _time.Advance(TimeSpan.FromMinutes(1));
        Append(new AuditRecord { Event = "plugin.install" });
        var result = AuditVerifier.Verify(Folder);
        Assert.Equal(
            ["✓ The audit log is intact: 2 records, 2026-01-02 03:04:05Z to 2026-01-02 03:05:05Z"],
            AuditVerifyCommand.Describe(result, null, Glyphs.Unicode)
        );
        Assert.Null(AuditVerifyCommand.WhyNotIntact(result, Folder));
    }

    [Fact]
    public void Describe_WithACopyRecordsBehindTheHeadAndATornEnd_SaysSo()
    {
        Append(new AuditRecord { Event = "plugin.install" });
        var copy = Path.Combine(_parent, "copy");
        File.Copy(Path.Combine(Folder, "head.json"), copy);
        Append(new AuditRecord { Event = "plugin.install" });
        File.Copy(copy, Path.Combine(Folder, "head.json"), overwrite: true);
        File.AppendAllText(LogFile, "torn");
        Assert.Equal(
            [
                "+ The audit log is intact: 2 records, 2026-01-02 03:04:05Z to 2026-01-02 03:04:05Z",
                $"  It holds what {copy} names.",
                "  Signed up to record 1; what follows is chained to it, and signed with the next record.",
                "Warning: line 3: The last line has no end: a crash left it, and the next record will repair it.",
            ],
            AuditVerifyCommand.Describe(AuditVerifier.Verify(Folder, copy), copy, Glyphs.Ascii)
        );
    }

    [Fact]
    public void Describe_DamagedLog_NamesEachFault()
    {
        for (var i = 0; i < 3; i++)
            Append(new AuditRecord { Event = "plugin.install" });
        var lines = File.ReadAllLines(LogFile);
        File.WriteAllText(LogFile, $"{lines[0].Replace("install", "removed", StringComparison.Ordinal)}\n{lines[1]}\n");
        var result = AuditVerifier.Verify(Folder);
        Assert.Equal(
            [
                "❌ line 1: The next record is chained to another content of this line.",
                "❌ The head names record 3, but the log ends with 2.",
            ],
            AuditVerifyCommand.Describe(result, null, Glyphs.Unicode)
        );
        var error = AuditVerifyCommand.WhyNotIntact(result, Folder)!;
        Assert.Equal(
            (ErrorCode.AuditDamaged, "The audit log is damaged: 2 faults in 2 records, 2026-01-02 03:04:05Z to 2026-01-02 03:04:05Z"),
            (error.Code, error.Summary)
        );
        Assert.Contains(Folder, error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_MoreFaultsThanAreKept_SaysHowMany()
    {
        Append(new AuditRecord { Event = "plugin.install" });
        File.WriteAllText(LogFile, string.Concat(Enumerable.Repeat("x\n", 150)));
        Assert.Equal("❌ … and 51 more", AuditVerifyCommand.Describe(AuditVerifier.Verify(Folder), null, Glyphs.Unicode).Last());
    }

    [Fact]
    public void WhyNotIntact_NoLog_IsAFailureToo()
    {
        var result = AuditVerifier.Verify(Folder);
        Assert.Equal(ErrorCode.AuditNotRead, AuditVerifyCommand.WhyNotIntact(result, Folder)?.Code);
        Assert.Equal(
            ["❌ There is no audit log: nothing was recorded, or it was removed."],
            AuditVerifyCommand.Describe(result, null, Glyphs.Unicode)
        );
    }

    [Fact]
    public void Verdict_AnyResult_IsTheSameAsData()
    {
        Append(new AuditRecord { Event = "plugin.install" });
        File.WriteAllText(LogFile, "");
        var verdict = AuditVerdict.Of(AuditVerifier.Verify(Folder));
        Assert.Equal(("damaged", 0L, 1L), (verdict.Outcome, verdict.Records, verdict.FaultCount));
        Assert.Equal([new AuditFaultListing("truncated", null, true, "The head names record 1, but the log ends with 0.")], verdict.Faults);
        Assert.Equal("notVerified", AuditVerdict.Of(AuditVerifier.Verify(Path.Combine(_parent, "none"))).Outcome);
    }

    private void Append(AuditRecord record) => new AuditLog(Folder, _time).Append(record);

    private int Show(AuditFilter filter, bool isJson = false)
    {
        using var errors = new StandardError(_errors, isTerminal: false);
        return AuditShowCommand.Show(Folder, filter, isJson, new Screen(_output, isRedirected: true), errors);
    }

    private string Errors() => Encoding.UTF8.GetString(_errors.ToArray());
}
