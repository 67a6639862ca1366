using System.Text;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Writing;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Tests;

public sealed class RetentionTests
{
    [Fact]
    public void Delete_Session_LeavesNothingOfIt()
    {
        using var folder = new RecordingFolder();
        foreach (var key in (string[])["one", "two"])
            folder.Record(
                key,
                RecordingFolder.Request(1, "search", $$"""{"query":"word{{key}}"}"""),
                RecordingFolder.Response(2, 1, "found"),
                RecordingFolder.Event(3, "session.ended")
            );
        var first = folder.Read(reader => reader.Sessions()).Single(session => session.Key == "one");
        using (var editor = RecordingEditor.Open(folder.Folder))
            editor.Delete([first.Row]);
        using var reader = folder.Reader();
        Assert.Equal("two", Assert.Single(reader.Sessions()).Key);
        foreach (var table in (string[])["calls", "messages", "blocks", "events"])
            Assert.Equal(0, reader.Database.Value($"SELECT count(*) FROM {table} WHERE session_id = {first.Row}"));
        Assert.Empty(reader.Calls(new CallFilter { Texts = ["wordone"] }));
        Assert.Single(reader.Calls(new CallFilter { Texts = ["wordtwo"] }));
    }

    [Fact]
    public void Apply_OldSessions_AreDeletedAndRunningOnesStay()
    {
        using var folder = new RecordingFolder();
        foreach (var key in (string[])["old", "running"])
            folder.Record(key, RecordingFolder.Request(1, "search"));
        using var database = Database.OpenToWrite(folder.Database);
        var running = new SessionRecording(
            null!,
            new SessionDescription
            {
                Key = "running",
                Payloads = "masked",
                Started = RecordingFolder.Start,
            }
        )
        {
            Row = folder.Read(reader => reader.Sessions()).Single(session => session.Key == "running").Row,
        };
        Retention.Apply(database, folder.Options, RecordingFolder.Start.AddDays(31), [running]);
        Assert.Equal("running", Assert.Single(folder.Read(reader => reader.Sessions())).Key);
    }

    [Fact]
    public void Apply_FileAboveItsLimit_LosesTheOldestFirstAndGivesTheSpaceBack()
    {
        var random = new Random(1);
        using var folder = new RecordingFolder();
        for (var number = 0; number < 6; number++)
            folder.Record(
                $"session-{number}",
                [
                    .. Enumerable
                        .Range(0, 20)
                        .SelectMany(at =>
                            (RecordedItem[])
                                [
                                    RecordingFolder.Request((at * 2) + 1, "read"),
                                    RecordingFolder.Response((at * 2) + 2, (at * 2) + 1, Noise(random)),
                                ]
                        ),
                    RecordingFolder.Event(100 + number, "session.ended"),
                ]
            );
        var before = new FileInfo(folder.Database).Length;
        using (var database = Database.OpenToWrite(folder.Database))
        {
            Retention.Apply(database, folder.Options with { MaxBytes = before / 2 }, RecordingFolder.Start, []);
            database.Run("PRAGMA wal_checkpoint(TRUNCATE)");
        }

        Assert.True(new FileInfo(folder.Database).Length <= before / 2);
        var left = folder.Read(reader => reader.Sessions()).Select(session => session.Key).ToList();
        Assert.Contains("session-5", left);
        Assert.DoesNotContain("session-0", left);
    }

    [Fact]
    public void Apply_OneRunningSessionAboveTheLimit_LosesItsOlderPayloads()
    {
        var random = new Random(1);
        using var folder = new RecordingFolder();
        folder.Record(
            "s",
            [
                .. Enumerable
                    .Range(0, 200)
                    .SelectMany(at =>
                        (RecordedItem[])
                            [
                                RecordingFolder.Request((at * 2) + 1, "read"),
                                RecordingFolder.Response((at * 2) + 2, (at * 2) + 1, Noise(random)),
                            ]
                    ),
            ]
        );
        using var database = Database.OpenToWrite(folder.Database);
        var limit = database.Used / 2;
        var running = new SessionRecording(
            null!,
            new SessionDescription
            {
                Key = "s",
                Payloads = "masked",
                Started = RecordingFolder.Start,
            }
        )
        {
            Row = 1,
        };
        Retention.Apply(database, folder.Options with { MaxBytes = limit }, RecordingFolder.Start, [running]);
        Assert.True(database.Used < limit);
        using var reader = folder.Reader();
        var calls = reader.Calls(new CallFilter());
        Assert.Equal(200, calls.Count);
        Assert.Null(reader.Payloads(calls[^1])[0].Payload);
        Assert.NotNull(reader.Payloads(calls[0])[0].Payload);
    }

    [Fact]
    public void Delete_SessionThatIsRecorded_StartsANewOne()
    {
        using var folder = new RecordingFolder();
        using (var writer = folder.Writer())
        {
            var session = writer.Begin(
                new SessionDescription
                {
                    Key = "s",
                    Payloads = "masked",
                    Started = RecordingFolder.Start,
                }
            );
            RecordingFolder.Add(session, RecordingFolder.Request(1, "before"));
            Assert.True(SpinWait.SpinUntil(() => Sessions(folder).Count == 1, 20_000));
            using (var editor = RecordingEditor.Open(folder.Folder))
                editor.Delete([1]);
            var sequence = 1;
            Assert.True(
                SpinWait.SpinUntil(
                    () =>
                    {
                        RecordingFolder.Add(session, RecordingFolder.Request(++sequence, "after"));
                        return Sessions(folder).Count == 1;
                    },
                    20_000
                )
            );
        }

        using var reader = folder.Reader();
        var calls = reader.Calls(new CallFilter());
        Assert.NotEmpty(calls);
        Assert.All(calls, call => Assert.Equal(("after", Assert.Single(reader.Sessions()).Row), (call.Name, call.Session)));

        static IReadOnlyList<RecordedSession> Sessions(RecordingFolder folder)
        {
            try
            {
                return folder.Read(reader => reader.Sessions());
            }
            catch (RecordingException e) when (e.Fault == SqliteFault.Missing)
            {
                return [];
            }
        }
    }

    private static string Noise(Random random)
    {
        var text = new StringBuilder();
        for (var at = 0; at < 800; at++)
            text.Append((char)random.Next('a', 'z')).Append(random.Next(10_000));
        return text.ToString();
    }
}
