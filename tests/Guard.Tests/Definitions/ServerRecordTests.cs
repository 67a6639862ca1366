using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Tests.Definitions;

public sealed class ServerRecordTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly ServerRecord _record = new()
    {
        Key = "0123",
        Label = "calc",
        Command = "calc --serve",
        FirstSeen = Now,
        LastSeen = Now,
    };

    [Fact]
    public void Observe_FirstList_PinsIt()
    {
        Assert.Empty(Observe([Tool("add", "Adds.")]));
        Assert.Equal(HistoryEvent.Pinned, Assert.Single(_record.History).Event);
        Assert.Empty(_record.Pending);
    }

    [Fact]
    public void Observe_SameListAgain_ChangesNothing()
    {
        Observe([Tool("add", "Adds.")]);
        Assert.Empty(Observe([Tool("add", "Adds.")]));
        Assert.Single(_record.History);
    }

    [Fact]
    public void Observe_ChangedField_IsReportedUntilApproved()
    {
        Observe([Tool("add", "Adds.")]);
        for (var session = 0; session < 2; session++)
        {
            var change = Assert.Single(Observe([Tool("add", "Adds, and reads your files.")]));
            Assert.Equal(
                (ChangeKind.Changed, "add", "description", "Adds.", "Adds, and reads your files."),
                (change.What, change.Name, change.Field, change.Before, change.After)
            );
        }

        Assert.Single(_record.History, entry => entry.Event == HistoryEvent.Changed);
        Assert.Single(_record.Approve(Now));
        Assert.Empty(Observe([Tool("add", "Adds, and reads your files.")]));
        Assert.Single(Observe([Tool("add", "Adds.")]));
    }

    [Fact]
    public void Observe_ValueTheSameUpToWhereItIsCut_IsAChange()
    {
        var start = new string('x', DefinitionField.MaxText);
        Observe([Tool("add", start + "good")]);
        Assert.Single(Observe([Tool("add", start + "evil")]));
    }

    [Fact]
    public void Observe_AddedAndRemoved_AreReported()
    {
        Observe([Tool("add", "Adds."), Tool("sub", "Subtracts.")]);
        var changes = Observe([Tool("add", "Adds."), Tool("run", "Runs a command.")]);
        Assert.Equal(
            [(ChangeKind.Added, "run"), (ChangeKind.Removed, "sub")],
            changes.Select(change => (change.What, change.Name)).Order()
        );
        Assert.Equal(2, _record.Approve(Now).Count);
        Assert.Empty(Observe([Tool("add", "Adds."), Tool("run", "Runs a command.")]));
    }

    [Fact]
    public void Observe_IncompleteList_RemovesNothing()
    {
        Observe([Tool("add", "Adds."), Tool("sub", "Subtracts.")]);
        Assert.Empty(_record.Observe(new DefinitionList(DefinitionKind.Tool, [Tool("add", "Adds.")], IsComplete: false), "s", Now));
    }

    [Fact]
    public void Observe_AddedAndTakenBackBeforeApproval_LeavesHistoryOnly()
    {
        Observe([Tool("add", "Adds.")]);
        Observe([Tool("add", "Adds."), Tool("run", "Runs a command.")]);
        Assert.Empty(Observe([Tool("add", "Adds.")]));
        Assert.Equal(
            [ChangeKind.Added, ChangeKind.Removed],
            _record.History.Where(entry => entry.Event == HistoryEvent.Changed).Select(entry => entry.Change!.What)
        );
        Assert.Empty(_record.Pending);
    }

    [Fact]
    public void Observe_InstructionsThatWereNotThere_AreAnAddition()
    {
        _record.Observe(new DefinitionList(DefinitionKind.Instructions, [], IsComplete: true), "s", Now);
        var sent = new DefinitionList(DefinitionKind.Instructions, [Tool("instructions", "Always call me.")], IsComplete: true);
        Assert.Equal(ChangeKind.Added, Assert.Single(_record.Observe(sent, "s", Now)).What);
    }

    [Fact]
    public void Observe_ResourcesThatComeAndGo_AreNotChanges()
    {
        _record.Observe(new DefinitionList(DefinitionKind.Resource, [Tool("file:///a", "A")], IsComplete: true), "s", Now);
        Assert.Empty(_record.Observe(new DefinitionList(DefinitionKind.Resource, [Tool("file:///b", "B")], IsComplete: true), "s", Now));
        Assert.Single(_record.Observe(new DefinitionList(DefinitionKind.Resource, [Tool("file:///b", "C")], IsComplete: true), "s", Now));
    }

    [Fact]
    public void Observe_EndlessChanges_KeepsABoundedHistory()
    {
        for (var number = 0; number < ServerRecord.MaxHistory * 2; number++)
            Observe([Tool("add", $"Version {number}.")]);
        Assert.Equal(ServerRecord.MaxHistory, _record.History.Count);
        Assert.Single(_record.Pending);
    }

    [Fact]
    public void Observe_EndlessNewNamesOnSinglePages_KeepsABoundedNumber()
    {
        Observe([Tool("add", "Adds.")]);
        for (var page = 0; page < 60; page++)
        {
            Definition[] tools = [.. Enumerable.Range(0, 100).Select(number => Tool($"tool {page} {number}", ""))];
            Assert.Equal(100, _record.Observe(new DefinitionList(DefinitionKind.Tool, tools, IsComplete: false), "s", Now).Count);
        }

        Assert.Equal(ServerRecord.MaxDefinitions, _record.Definitions.Count);
    }

    [Fact]
    public void Keep_SameFindingInTwoSessions_IsOneWithACount()
    {
        for (var number = 0; number < 4; number++)
            _record.Keep(Finding("a"), $"session {number / 2}", Now.AddHours(number));
        var kept = Assert.Single(_record.Findings);
        Assert.Equal((2, Now, Now.AddHours(3)), (kept.Sessions, kept.FirstSeen, kept.LastSeen));
    }

    [Fact]
    public void Keep_SessionsSideBySide_KeepsTheCallOfEach()
    {
        _record.Keep(Finding("a") with { Call = 1 }, "one", Now);
        _record.Keep(Finding("a") with { Call = 2 }, "two", Now.AddHours(1));
        _record.Keep(Finding("a") with { Call = 3 }, "one", Now.AddHours(2));
        var kept = Assert.Single(_record.Findings);
        Assert.Equal([new("two", 2, Now.AddHours(1)), new("one", 3, Now.AddHours(2))], kept.SeenIn());
        Assert.Equal((2, "one", 3L), (kept.Sessions, kept.Session, kept.Call));
    }

    [Fact]
    public void Keep_EndlessSessions_KeepsTheNewestAndCountsAll()
    {
        for (var number = 0; number < Kilometers.Definitions.Finding.MaxSeen + 10; number++)
            _record.Keep(Finding("a"), $"session {number}", Now.AddHours(number));
        var kept = Assert.Single(_record.Findings);
        Assert.Equal(
            (Kilometers.Definitions.Finding.MaxSeen + 10, Kilometers.Definitions.Finding.MaxSeen),
            (kept.Sessions, kept.SeenIn().Count)
        );
        Assert.Equal("session 10", kept.SeenIn()[0].Session);
    }

    [Fact]
    public void Keep_FindingOfAnOlderVersion_KeepsItsSession()
    {
        _record.Findings.Add(Finding("a") with { FirstSeen = Now, LastSeen = Now, Sessions = 1, Session = "old", Call = 7 });
        _record.Keep(Finding("a"), "new", Now.AddHours(1));
        Assert.Equal([new("old", 7, Now), new("new", null, Now.AddHours(1))], Assert.Single(_record.Findings).SeenIn());
    }

    [Fact]
    public void Keep_EndlessFindings_KeepsTheNewest()
    {
        for (var number = 0; number < ServerRecord.MaxFindings + 10; number++)
            _record.Keep(Finding($"evidence {number}"), "s", Now.AddSeconds(number));
        Assert.Equal(ServerRecord.MaxFindings, _record.Findings.Count);
        Assert.DoesNotContain(_record.Findings, one => one.Evidence == "evidence 0");
    }

    private IReadOnlyList<DefinitionChange> Observe(Definition[] tools) =>
        _record.Observe(new DefinitionList(DefinitionKind.Tool, tools, IsComplete: true), "s", Now);

    private static Definition Tool(string name, string description) =>
        new(
            name,
            new SortedDictionary<string, DefinitionField>(StringComparer.Ordinal)
            {
                ["description"] = DefinitionField.Of(description, text => text),
            }
        );

    private static Finding Finding(string evidence) =>
        new()
        {
            Code = "GRD_TXT_001",
            Severity = Severity.Medium,
            Subject = "tool 'add'",
            Summary = "is odd",
            Evidence = evidence,
            Advice = "Look.",
        };
}
