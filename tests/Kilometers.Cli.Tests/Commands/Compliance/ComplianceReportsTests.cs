using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Compliance;
using Kilometers.Definitions;
using Kilometers.Files;

namespace Kilometers.Cli.Tests.Commands.Compliance;

public sealed class ComplianceReportsTests : IDisposable
{
    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Make_RecordsOfAPeriod_AreInTheirSections()
    {
        var report = _home.WithAll().Report();
        Assert.Equal("intact", report.Proof.Outcome);
        var server = Assert.Single(report.Servers);
        Assert.Equal(
            ("files", RecordedHome.Command, "/usr/bin/node", RecordedHome.Digest, 3),
            (server.Server, server.Command, server.Program, server.Digest, server.Sessions)
        );
        Assert.Equal(["1.0.0"], server.Km);
        var client = Assert.Single(report.Clients);
        Assert.Equal(("editor", "1.2", 3), (client.Client, client.Version, client.Sessions));
        var plugin = Assert.Single(report.Plugins);
        Assert.Equal(
            ("guard", "1.0.0", RecordedHome.Digest, "Kilometers plugins", 1, 2),
            (plugin.Plugin, plugin.Version, plugin.Digest, plugin.Signer, plugin.Launches, plugin.Sessions)
        );
        Assert.Equal(new ConnectionEvidence("guard", "example.com:443", 1), Assert.Single(report.Connections));
        Assert.Equal(
            new CoverageEvidence
            {
                Sessions = 3,
                Started = 3,
                Ended = 2,
                WithoutEnd = 1,
                WithoutPlugins = 1,
                InboundMessages = 6,
                OutboundMessages = 8,
                ObservedBytes = 600,
                UnobservedBytes = 50,
            },
            report.Coverage
        );
        Assert.Equal(["one", "two", "three"], report.Sessions.Select(session => session.Session));
        Assert.Equal(["guard 1.0.0"], report.Sessions[1].Plugins!);
        Assert.Equal((1, _home.User), (report.Sessions[1].Stopped, report.Sessions[1].User));
        Assert.Null(report.Sessions[2].ObservedBytes);
        Assert.Equal(
            [
                "50 bytes passed unobserved; recorder missed 2 messages",
                "It ran with --no-plugins: no plugin saw it.",
                "No end is recorded before the end of the period: it still ran, or km was killed. Its bytes are not known.",
            ],
            report.Gaps.Select(gap => gap.Detail)
        );
        Assert.Equal((50L, "two", "files"), (report.Gaps[0].Bytes, report.Gaps[0].Session, report.Gaps[0].Server));
        var decision = Assert.Single(report.Decisions);
        Assert.Equal(("plugin.install", "allowed", _home.User), (decision.Event, decision.Decision, decision.User));
        var denial = Assert.Single(report.Denials);
        Assert.Equal(("PLG_ICP_001", "files", "tools/call", "add"), (denial.Code, denial.Server, denial.Method, denial.Name));
        Assert.Equal(
            [("soc2", true), ("iso", true)],
            [
                ("soc2", report.Controls.Any(control => control.Id == "CC8.1")),
                ("iso", report.Controls.Any(control => control.Id == "A.8.32")),
            ]
        );
        Assert.Equal(
            [new SectionCount("approvals", 1), new SectionCount("changes", 1), new SectionCount("decisions", 1)],
            report.Controls.Single(control => control.Id == "CC8.1").Evidence
        );
    }

    [Fact]
    public void Make_AnApprovedChange_SaysWhoAndWhenByTheAuditLog()
    {
        var report = _home.WithAll().Report();
        var approval = Assert.Single(report.Approvals);
        Assert.Equal(
            (_home.User, "files", "Tool add description", true),
            (approval.User, approval.Server, approval.What, approval.IsInHistory)
        );
        var change = Assert.Single(report.Changes);
        Assert.Equal(("GRD_DEF_001", "add", "description", "Adds."), (change.Code, change.Name, change.Field, change.Before));
        Assert.Equal((Handling.Approved, 1), (change.Handling, change.Stopped));
        Assert.Equal((_home.User, approval.Seq), (change.By!.User, change.By.Seq));
        var finding = Assert.Single(report.Findings);
        Assert.Equal((Handling.Approved, approval.Seq), (finding.Handling, finding.By!.Seq));
        Assert.Equal((DefinitionKind.Tool, 1), (Assert.Single(report.Pinned).Kind, report.Pinned[0].Count));
    }

    [Fact]
    public void Make_APeriod_HasItsBeginningAndNotItsEnd()
    {
        foreach (var day in (int[])[0, 1, 2])
        {
            _home.Time.SetUtcNow(new DateTimeOffset(2026, 11, 20 + day, 0, 0, 0, TimeSpan.Zero));
            _home.Append(new AuditRecord { Event = "plugin.install", Plugin = $"p{day}" });
        }

        _home.Period = new(
            new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero)
        );
        var report = _home.Report();
        Assert.Equal(["p0", "p1"], report.Decisions.Select(decision => decision.Plugin));
        Assert.Equal((1L, 2L, 2L), (report.Proof.First!.Seq, report.Proof.Last!.Seq, report.Proof.Records));
        Assert.True(report.Proof.IsPeriodOver);
        Assert.Equal(AuditReader.Read(Path.GetDirectoryName(_home.Log)!).ElementAt(1).Hash, report.Proof.Last.Hash);

        // The next period begins there: every record is in exactly one.
        _home.Period = new(_home.Period.Until, _home.Period.Until.AddDays(2));
        Assert.Equal(["p2"], _home.Report().Decisions.Select(decision => decision.Plugin));
        Assert.False(_home.Report().Proof.IsPeriodOver);
    }

    [Fact]
    public void Make_APeriodThatIsOver_StaysAsItWasWhileTheLogGrows()
    {
        _home.WithAll().Pass(TimeSpan.FromDays(30));
        _home.Append(new AuditRecord { Event = "plugin.remove", Plugin = "x" });
        var before = Json();
        _home
            .End("three")
            .Start("four")
            .Stop("four")
            .Lists("four", "Subtracts.")
            .Finds("four", "GRD_SEC_001", "tools/call 'add'")
            .Approve();
        Assert.Equal(before, Json());
    }

    [Fact]
    public void Make_ASessionOfTwoPeriods_IsNamedInBothAndItsBytesCountWhereItEnded()
    {
        _home.Time.SetUtcNow(new DateTimeOffset(2026, 11, 30, 23, 0, 0, TimeSpan.Zero));
        _home.Start("late").Pass(TimeSpan.FromHours(2)).End("late");
        var november = _home.Report().Coverage;
        Assert.Equal((1, 0, 1, 0L), (november.Started, november.Ended, november.WithoutEnd, november.ObservedBytes));
        _home.Period = new(_home.Period.Until, _home.Period.Until.AddDays(31));
        var december = _home.Report();
        Assert.Equal((0, 1, 300L), (december.Coverage.Started, december.Coverage.Ended, december.Coverage.ObservedBytes));
        Assert.Equal("files", Assert.Single(december.Servers).Server);
        Assert.Empty(december.Gaps);
    }

    [Fact]
    public void Make_ChangesThatNobodyApproved_AreOpenDeniedOrWithdrawn()
    {
        _home.Start("one").Lists("one", "a").Lists("one", "b");
        Assert.Equal(Handling.Open, Assert.Single(_home.Report().Changes).Handling);
        _home.Stop("one");
        var denied = Assert.Single(_home.Report().Changes);
        Assert.Equal((Handling.Denied, 1), (denied.Handling, denied.Stopped));

        // A call that was stopped before the change has nothing to do with it.
        _home.Lists("one", "c");
        Assert.Equal([Handling.Denied, Handling.Open], _home.Report().Changes.Select(change => change.Handling));
        _home.Lists("one", "a");
        Assert.All(_home.Report().Changes, change => Assert.Equal(Handling.Withdrawn, change.Handling));

        // Removed, and there again.
        _home.Lists("one", null).Lists("one", "a");
        Assert.Equal(
            [ChangeKind.Removed, ChangeKind.Added],
            _home.Report().Changes.Where(change => change.Field is null).Select(change => change.What)
        );
        Assert.All(_home.Report().Changes, change => Assert.Equal(Handling.Withdrawn, change.Handling));
    }

    [Fact]
    public void Make_AChangeOfAnEarlierPeriod_IsThereWhileItIsOpen()
    {
        _home.Start("one").Lists("one", "a").Lists("one", "b").Pass(TimeSpan.FromDays(40));
        _home.Start("two").Approve();
        Assert.Equal(Handling.Open, Assert.Single(_home.Report().Changes).Handling);
        _home.Period = new(_home.Period.Until, _home.Period.Until.AddDays(31));
        Assert.Equal(Handling.Approved, Assert.Single(_home.Report().Changes).Handling);
        _home.Period = new(_home.Period.Until, _home.Period.Until.AddDays(31));
        Assert.Empty(_home.Report().Changes);
    }

    [Fact]
    public void Make_AnApprovalThatGuardRefused_ApprovesNothing()
    {
        _home.Start("one").Lists("one", "a").Lists("one", "b").Approve(isRefused: true);
        var report = _home.Report();
        Assert.False(Assert.Single(report.Approvals).IsInHistory);
        Assert.Equal(Handling.Open, Assert.Single(report.Changes).Handling);

        // Later, somebody approves: that record counts, not the first one.
        _home.Pass(TimeSpan.FromHours(1)).Approve();
        report = _home.Report();
        Assert.Equal([false, true], report.Approvals.Select(approval => approval.IsInHistory));
        Assert.Equal(report.Approvals[1].Seq, report.Changes[0].By!.Seq);
    }

    [Fact]
    public void Make_AnApprovalThatTheLogDoesNotHave_IsSaidToHaveNoRecord()
    {
        _home.Start("one").Lists("one", "a").Lists("one", "b");
        var key = ServerRecords.KeyOf("files", RecordedHome.Command);
        _home.Records.Update(key, null, record => record.Approve(_home.Time.GetUtcNow()), out _);
        var change = Assert.Single(_home.Report().Changes);
        Assert.Equal((Handling.Approved, null, null), (change.Handling, change.By!.User, change.By.Seq));
        Assert.Contains("the audit log has no record of it", ComplianceWords.Handled(change.Handling, change.By), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_FindingsThatSettingsIgnore_AreSaidToBe()
    {
        var folder = Path.Combine(_home.Home, "config", "plugins");
        PrivateFile.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "guard.json"), """{"ignore": "GRD_TXT_002, GRD_TXT_003"}""");
        _home.Start("one").Lists("one", "a").Finds("one");
        var report = _home.Report();
        Assert.Equal(Handling.Ignored, Assert.Single(report.Findings).Handling);
        Assert.Contains(report.Limits, limit => limit.Contains("ignore GRD_TXT_002, GRD_TXT_003", StringComparison.Ordinal));
    }

    [Fact]
    public void Make_SecretsInOldRecords_AreMasked()
    {
        const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        _home.Start("one", command: $"server --header {Secret}").Lists("one", "a").Finds("one", evidence: Secret);
        _home.Append(new AuditRecord { Event = "plugin.install", Detail = $"token {Secret}" });
        Assert.DoesNotContain("0123456789abc", Json(), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_AWitness_CountsFromTheFirstReceiptThatCoversThePeriod()
    {
        _home.Start("one");
        var part = _home.Receipt();
        _home.End("one");
        Assert.Null(_home.Report().Proof.Witness);
        var proof = _home.Report([part]).Proof;
        Assert.Equal((part.Seq, false), (proof.Witness!.Seq, proof.Witness.CoversPeriod));
        Assert.Contains(_home.Report([part]).Limits, limit => limit.Contains($"up to {part.Seq}", StringComparison.Ordinal));
        _home.Time.SetUtcNow(new DateTimeOffset(2026, 12, 2, 0, 0, 0, TimeSpan.Zero));
        _home.Start("two");
        var whole = _home.Receipt();
        _home.Start("three");
        proof = _home.Report([_home.Receipt(), whole, part]).Proof;
        Assert.Equal((whole.Seq, whole.Hash, true), (proof.Witness!.Seq, proof.Witness.Hash, proof.Witness.CoversPeriod));

        // A witness that saw another log proves nothing of this one.
        proof = _home.Report([whole with { Hash = new string('b', 64) }]).Proof;
        Assert.Equal("damaged", proof.Outcome);
        Assert.Null(proof.Witness);
    }

    [Fact]
    public void Make_ADamagedLog_SaysSoFirstInEveryFormat()
    {
        _home.WithAll();
        var lines = File.ReadAllLines(_home.Log);
        lines[1] = lines[1].Replace("files", "other", StringComparison.Ordinal);
        lines[3] = "nonsense";
        File.WriteAllLines(_home.Log, lines);
        var report = _home.Report();
        Assert.Equal(("damaged", 1L), (report.Proof.Outcome, report.Proof.UnreadableLines));
        Assert.StartsWith(
            "THE AUDIT LOG IS DAMAGED",
            new ComplianceView(null, false, "...").Format(report).ElementAt(1),
            StringComparison.Ordinal
        );
        var page = CompliancePage.Make(report);
        Assert.InRange(
            page.IndexOf("THE AUDIT LOG IS DAMAGED", StringComparison.Ordinal),
            0,
            page.IndexOf("class=\"cards\"", StringComparison.Ordinal)
        );
        Assert.StartsWith("The audit log is not intact", report.Limits[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Make_NoLog_ProvesNothing()
    {
        var report = _home.Report();
        Assert.Equal("notVerified", report.Proof.Outcome);
        Assert.Empty(report.Sessions);
        Assert.NotEmpty(new ComplianceView(80, false, "...").Format(report));
        Assert.Contains("CANNOT BE VERIFIED", CompliancePage.Make(report), StringComparison.Ordinal);
    }

    private string Json() => JsonSerializer.Serialize(_home.Report(), ComplianceJson.Default.ComplianceReport);
}
