using System.Globalization;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Writing;

namespace Kilometers.Recordings.Tests;

/// <summary>Sums that are kept while calls are recorded give the figures that the calls themselves give.</summary>
public sealed class CallSumTests : IDisposable
{
    private static readonly string[] Tools = ["read", "write", "échantillon", "*", ""];

    private readonly RecordingFolder _recording = new();

    public void Dispose() => _recording.Dispose();

    public static TheoryData<string> Filters => [.. FilterByName.Keys];

    private static readonly Dictionary<string, CallFilter> FilterByName = new()
    {
        ["all"] = new(),
        ["from the middle of an hour"] = new() { Since = RecordingFolder.Start.AddMinutes(95) },
        ["until the middle of an hour"] = new() { Until = RecordingFolder.Start.AddMinutes(215.5) },
        ["within an hour"] = new() { Since = RecordingFolder.Start.AddMinutes(70), Until = RecordingFolder.Start.AddMinutes(80) },
        ["whole hours"] = new() { Since = RecordingFolder.Start.AddHours(1), Until = RecordingFolder.Start.AddHours(3) },
        ["a server"] = new() { Server = "server-1", Since = RecordingFolder.Start.AddMinutes(30) },
        ["a client"] = new() { Client = "client-0" },
        ["a tool"] = new() { Name = "re*" },
        ["any tool"] = new() { Name = "*", Method = "*" },
        ["a direction"] = new() { Direction = RecordedDirection.Out },
        ["errors, which sums do not know"] = new() { Outcome = CallOutcome.Error },
        ["slow ones, which sums do not know"] = new() { Slower = TimeSpan.FromMilliseconds(20) },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public void Of_SumsOfManyCalls_AreTheFiguresOfTheCalls(string filter)
    {
        RecordManyCalls();
        using var reader = _recording.Reader();
        var fromSums = Figures(reader, FilterByName[filter]);
        Assert.True(SessionsWithSums() == 4);
        Forget("DELETE FROM call_hours");
        Assert.Equal(Figures(reader, FilterByName[filter]), fromSums);
        Assert.NotEmpty(fromSums);
    }

    [Fact]
    public void Of_SessionWhoseSumsAreShort_CountsItsCalls()
    {
        RecordManyCalls();
        using var reader = _recording.Reader();
        var expected = Figures(reader, new CallFilter());
        Forget(
            "DELETE FROM call_hours WHERE id IN (SELECT id FROM call_hours WHERE session_id = (SELECT max(id) FROM sessions) AND calls > 0 LIMIT 3)"
        );
        Assert.Equal(expected, Figures(reader, new CallFilter()));
    }

    [Fact]
    public void Of_CallThatWasContinued_IsCountedOnce()
    {
        _recording.Record("one", Continued(1));
        using var reader = _recording.Reader();
        var figures = Assert.Single(CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter()));
        Assert.Equal(1, SessionsWithSums());
        Assert.Equal((1, 0), (figures.Calls, figures.Errors));
        Assert.Equal(TimeSpan.FromMilliseconds(12), figures.Max);
        Assert.Equal(figures.Max, figures.P50);
        Assert.Equal(1, figures.SlowestCall);
    }

    [Fact]
    public void Of_CallThatWasContinuedMuchLater_IsCountedOnce()
    {
        // Its first answer is in a row that was closed: the session's sums are given up.
        var continued = Continued(1);
        _recording.Record(
            "one",
            [
                .. continued.Take(2),
                .. Enumerable
                    .Range(0, 2000)
                    .SelectMany(at =>
                        (RecordedItem[])
                            [
                                RecordingFolder.Request((at * 2) + 10, "ask"),
                                RecordingFolder.Response((at * 2) + 11, (at * 2) + 10, "x", 100),
                            ]
                    ),
                .. continued
                    .Skip(2)
                    .Select(message =>
                        message with
                        {
                            Sequence = message.Sequence + 10_000,
                            RequestSequence = message.RequestSequence == 0 ? 0 : message.RequestSequence + 10_000,
                        }
                    ),
            ]
        );
        using var reader = _recording.Reader();
        var figures = Assert.Single(CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter()));
        Assert.Equal(0, SessionsWithSums());
        Assert.Equal((2001, 0), (figures.Calls, figures.Errors));
        Assert.Equal(TimeSpan.FromMilliseconds(100), figures.P50);
    }

    [Fact]
    public void Delete_Session_DeletesItsSums()
    {
        RecordManyCalls();
        var sessions = _recording.Read(reader => reader.Sessions()).Select(session => session.Row);
        using (var editor = RecordingEditor.Open(_recording.Folder))
            editor.Delete(sessions);
        using var database = Database.OpenToWrite(_recording.Database);
        Assert.Equal(0, database.Value("SELECT count(*) FROM call_hours"));
    }

    [Fact]
    public void Migrate_FileWithoutSums_FillsThemFromItsCalls()
    {
        RecordManyCalls();
        using var reader = _recording.Reader();
        var expected = Figures(reader, new CallFilter());
        Forget(RecordingFolder.ToVersion2 + "; DROP TABLE call_hours; PRAGMA user_version = 1");

        // Nothing was recorded since the update: the file can be read as it is.
        using (var before = _recording.Reader())
            Assert.Equal(expected, Figures(before, new CallFilter()));
        Database.OpenToWrite(_recording.Database).Dispose();
        Assert.Equal(4, SessionsWithSums());
        using var after = _recording.Reader();
        Assert.Equal(expected, Figures(after, new CallFilter()));
    }

    /// <summary>Four sessions over six hours: calls of both sides, unanswered ones, errors, continued ones, and a restart of the recorder.</summary>
    private void RecordManyCalls()
    {
        var random = new Random(7);
        for (var number = 0; number < 4; number++)
        {
            var started = RecordingFolder.Start.AddMinutes(number * 40);
            var facts = new SessionDescription
            {
                Key = string.Create(CultureInfo.InvariantCulture, $"session-{number}"),
                Server = string.Create(CultureInfo.InvariantCulture, $"server-{number % 3}"),
                Payloads = "masked",
                Started = started,
            };
            var client = ("clientName", string.Create(CultureInfo.InvariantCulture, $"client-{number % 2}"));
            List<RecordedItem> items = [RecordingFolder.Event(1, "session.initialized", client) with { Time = started }];
            var sequence = 2L;
            for (var at = started; at < started.AddHours(4); at += TimeSpan.FromSeconds(random.Next(1, 30)))
            {
                var request = RecordingFolder.Request(sequence, Tools[random.Next(Tools.Length)]) with
                {
                    Time = at,
                    Direction = random.Next(3) == 0 ? RecordedDirection.Out : RecordedDirection.In,
                    Method = random.Next(4) == 0 ? "resources/read" : "tools/call",
                };
                items.Add(request);
                if (random.Next(20) > 0)
                    items.Add(Answer(sequence + 1, sequence, random.Next(8) == 0));
                if (random.Next(30) == 0)
                {
                    items.Add(request with { Sequence = sequence + 2, CorrelationId = "more" + sequence, RetryOf = request.CorrelationId });
                    items.Add(Answer(sequence + 3, sequence + 2, random.Next(8) == 0));
                }

                sequence += 4;

                RecordedMessage Answer(long own, long of, bool isError) =>
                    RecordingFolder.Response(own, of, "text", 0.3 * Math.Exp(random.NextDouble() * 9), isError ? "tool_error" : "") with
                    {
                        Time = at,
                    };
            }

            _recording.Record(facts, [.. items.Take(items.Count / 2)]);
            _recording.Record(facts, [.. items.Skip(items.Count / 2)]);
        }
    }

    private static RecordedMessage[] Continued(long sequence)
    {
        var request = RecordingFolder.Request(sequence, "ask");
        return
        [
            request,
            RecordingFolder.Response(sequence + 1, sequence, "more input", 7, "tool_error"),
            request with
            {
                Sequence = sequence + 2,
                CorrelationId = "again",
                RetryOf = request.CorrelationId,
            },
            RecordingFolder.Response(sequence + 3, sequence + 2, "done", 5),
        ];
    }

    private static List<CallFigures> Figures(RecordingReader reader, CallFilter filter) =>
        [.. Enum.GetValues<StatisticsKey>().SelectMany(by => CallStatistics.Of(reader, by, filter))];

    private long SessionsWithSums()
    {
        using var database = Database.OpenToWrite(_recording.Database);
        return database
            .Value("SELECT count(*) FROM sessions WHERE calls = (SELECT sum(calls) FROM call_hours WHERE session_id = sessions.id)")!
            .Value;
    }

    private void Forget(string sql)
    {
        using var database = Database.OpenToWrite(_recording.Database);
        database.Run(sql);
    }
}
