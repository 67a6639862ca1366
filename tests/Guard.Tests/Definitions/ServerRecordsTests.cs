using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Tests.Definitions;

public sealed class ServerRecordsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServerRecords _records;

    public ServerRecordsTests() => _records = new(_folder.Path, TimeProvider.System);

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Update_NewRecord_IsReadAgainAsItWas()
    {
        Observe("a", "Adds.");
        Observe("a", "Adds more.");
        var record = Assert.Single(_records.Read(out var unreadable));
        Assert.Empty(unreadable);
        var change = Assert.Single(record.Pending);
        Assert.Equal(("Adds.", "Adds more."), (change.Before, change.After));
        Assert.Equal(2, record.History.Count);
        Assert.Equal("s", record.Findings.Single().Session);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"format\":2}")]
    public void Update_DamagedFile_IsSetAsideAndPinnedAgain(string content)
    {
        Observe("a", "Adds.");
        var file = Directory.GetFiles(Path.Combine(_folder.Path, "servers")).Single();
        File.WriteAllText(file, content);
        _records.Read(out var unreadable);
        Assert.Single(unreadable);

        Assert.Empty(Observe("a", "Adds.", out var setAside)!);
        Assert.Equal(content, File.ReadAllText(setAside!));
        Assert.Single(_records.Read(out unreadable));
        Assert.Empty(unreadable);
    }

    [Fact]
    public void Update_FileOfAnotherServer_IsNotTaken()
    {
        Observe("a", "Adds.");
        var file = Directory.GetFiles(Path.Combine(_folder.Path, "servers")).Single();
        File.Move(file, Path.Combine(Path.GetDirectoryName(file)!, ServerRecords.KeyOf("b", "b") + ".json"));
        Assert.Empty(Observe("b", "Something else.", out var setAside)!);
        Assert.NotNull(setAside);
    }

    [Fact]
    public void Update_NoRecordAndNoneToMake_DoesNothing() => Assert.Equal(0, _records.Update("0123", create: null, _ => 1, out _));

    [Fact]
    public async Task Update_FromManyThreads_LosesNothing()
    {
        const int Threads = 4,
            Each = 10;
        Observe("a", "Adds.");
        await Task.WhenAll(
            Enumerable
                .Range(0, Threads)
                .Select(thread =>
                    Task.Run(
                        () =>
                        {
                            // Each has its own, as the plugin and a command have.
                            var records = new ServerRecords(_folder.Path, TimeProvider.System);
                            for (var number = 0; number < Each; number++)
                                records.Update(
                                    ServerRecords.KeyOf("a", "a"),
                                    create: null,
                                    record =>
                                    {
                                        record.Keep(Finding($"{thread} {number}"), "s", Now);
                                        return 0;
                                    },
                                    out _
                                );
                        },
                        TestContext.Current.CancellationToken
                    )
                )
        );
        Assert.Equal((Threads * Each) + 1, _records.Read(out _).Single().Findings.Count);
    }

    [Fact]
    public void Files_AreForTheUserAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes");
        Observe("a", "Adds.");
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    private IReadOnlyList<DefinitionChange>? Observe(string server, string description) => Observe(server, description, out _);

    private IReadOnlyList<DefinitionChange>? Observe(string server, string description, out string? setAside)
    {
        var fields = new SortedDictionary<string, DefinitionField>(StringComparer.Ordinal)
        {
            ["description"] = DefinitionField.Of(description, text => text),
        };
        return _records.Update(
            ServerRecords.KeyOf(server, server),
            () =>
                new ServerRecord
                {
                    Key = ServerRecords.KeyOf(server, server),
                    Label = server,
                    Command = server,
                    FirstSeen = Now,
                    LastSeen = Now,
                },
            record =>
            {
                record.Keep(Finding("x"), "s", Now);
                return record.Observe(new DefinitionList(DefinitionKind.Tool, [new Definition("add", fields)], IsComplete: true), "s", Now);
            },
            out setAside
        );
    }

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
