using Kilometers.Recordings.Reading;

namespace Kilometers.Recordings.Tests;

/// <summary>What the pages read.</summary>
public sealed class PageTests : IDisposable
{
    private readonly RecordingFolder _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public void Page_ByCursorAndByJump_ReturnsTheSameCalls()
    {
        RecordCalls("one", 25);
        RecordCalls("two", 25);
        using var reader = _recording.Reader();
        var filter = new CallFilter { Session = reader.SessionOf("two")!.Row };
        Assert.Equal(25, CallList.Count(reader, filter));
        var first = CallList.Page(reader, filter, 0, 10);
        var byCursor = CallList.Page(reader, filter with { After = first[^1].Id }, 0, 10);
        var byJump = CallList.Page(reader, filter, 10, 10);
        Assert.Equal(byCursor.Select(call => call.Id), byJump.Select(call => call.Id));
        Assert.Equal(5, CallList.Page(reader, filter with { After = first[^1].Id }, 10, 10).Count);
        Assert.Empty(CallList.Page(reader, filter, 25, 10));
        Assert.Equal(first[8].Id, CallList.Before(reader, filter, first[9].Id)!.Id);
        Assert.Null(CallList.Before(reader, filter, first[0].Id));
    }

    [Fact]
    public void Notes_OfSeveralKinds_AreInOrderAndCanBeChosen()
    {
        _recording.Record(
            "one",
            new RecordedErrorLine
            {
                Sequence = 1,
                Time = RecordingFolder.Start,
                Line = "warming up",
            },
            RecordingFolder.Event(2, "server.stdout", ("line", "x")),
            RecordingFolder.Request(3, "echo") with
            {
                Kind = RecordedKind.NotJsonRpc,
                Payload = "hello"u8.ToArray(),
            },
            RecordingFolder.Request(4, "echo") with
            {
                Kind = RecordedKind.Notification,
                Method = "notifications/progress",
            },
            RecordingFolder.Request(5, "echo")
        );
        using var reader = _recording.Reader();
        var session = reader.SessionOf("one")!.Row;
        var notes = SessionNotes.Page(reader, session, NoteKinds.All, 0, 10);
        Assert.Equal([NoteKinds.ErrorLine, NoteKinds.Event, NoteKinds.NotJsonRpc, NoteKinds.Notification], notes.Select(note => note.Kind));
        Assert.Equal("hello", System.Text.Encoding.UTF8.GetString(notes[2].Text!.Value.Span));
        Assert.Equal("notifications/progress", notes[3].Title);
        Assert.Equal(4, Assert.Single(SessionNotes.Page(reader, session, NoteKinds.All, 3, 10)).Sequence);
        Assert.Equal(
            "warming up",
            System.Text.Encoding.UTF8.GetString(
                Assert.Single(SessionNotes.Page(reader, session, NoteKinds.ErrorLine, 0, 10)).Text!.Value.Span
            )
        );
    }

    [Fact]
    public void Timeline_OfCalls_CountsThemInPartsClassesAndHours()
    {
        _recording.Record(
            "one",
            RecordingFolder.Request(1, "fast"),
            RecordingFolder.Response(2, 1, "a", milliseconds: 1),
            RecordingFolder.Request(3, "fast", atSecond: 90),
            RecordingFolder.Response(4, 3, "b", milliseconds: 3, error: "tool_error"),
            RecordingFolder.Request(5, "slow", atSecond: 7200),
            RecordingFolder.Response(6, 5, "c", milliseconds: 5000),
            RecordingFolder.Request(7, "slow", atSecond: 7201)
        );
        using var reader = _recording.Reader();
        var timeline = CallTimeline.Of(reader, new CallFilter(), RecordingFolder.Start, RecordingFolder.Start.AddHours(3), 3, 10);
        var parts = timeline.Parts;
        Assert.Equal([2, 0, 2], parts.Select(part => part.Calls));
        Assert.Equal([1, 0, 0], parts.Select(part => part.Errors));
        Assert.Equal(TimeSpan.FromMilliseconds(1), parts[0].P50);
        Assert.Equal(TimeSpan.FromMilliseconds(3), parts[0].Max);
        Assert.Null(parts[1].P50);
        var classes = timeline.Classes;
        Assert.Equal(["fast", "slow"], classes.Select(tool => tool.Key));
        Assert.Equal(1, classes[0].Classes[10]); // 1,000 microseconds are below 2 to the power of 10, and not of 9.
        Assert.Equal([2, 2], timeline.Hours.Select(hour => hour.Calls));
    }

    [Fact]
    public void OfferedTools_OfEachServer_AreThoseListedLastWithTheirCalls()
    {
        _recording.Record(
            new SessionDescription
            {
                Key = "one",
                Server = "files",
                Payloads = "masked",
                Started = RecordingFolder.Start,
            },
            List(1),
            Listed(2, 1, """{"name":"gone"},{"name":"echo","description":"old"}"""),
            List(3, atSecond: 600),
            Listed(4, 3, """{"name":"echo","description":"Echoes \"it\"."},{"name":"add","description":7}""", atSecond: 600),
            RecordingFolder.Request(5, "echo"),
            RecordingFolder.Response(6, 5, "x")
        );
        using var reader = _recording.Reader();
        var tools = OfferedTools.Of(reader, new CallFilter(), RecordingFolder.Start.AddDays(1));
        Assert.Equal(["add", "echo"], tools.Select(tool => tool.Definition.Name));
        Assert.Equal(["", "Echoes \"it\"."], tools.Select(tool => tool.Description));
        Assert.Equal([0, 1], tools.Select(tool => tool.Calls));
        Assert.Empty(OfferedTools.Of(reader, new CallFilter { Server = "other" }, RecordingFolder.Start.AddDays(1)));

        static RecordedMessage List(long sequence, int atSecond = 0) =>
            RecordingFolder.Request(sequence, "", atSecond: atSecond) with
            {
                Method = "tools/list",
            };
        static RecordedMessage Listed(long sequence, long request, string tools, int atSecond = 0) =>
            RecordingFolder.Response(sequence, request, "") with
            {
                Time = RecordingFolder.Start.AddSeconds(atSecond),
                Method = "tools/list",
                Payload = System.Text.Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":1,"result":{"tools":[{{{tools}}}]}}"""),
            };
    }

    private void RecordCalls(string key, int count) =>
        _recording.Record(
            key,
            [
                .. Enumerable
                    .Range(0, count)
                    .SelectMany(at =>
                        (RecordedItem[])
                            [RecordingFolder.Request((at * 2) + 1, "echo"), RecordingFolder.Response((at * 2) + 2, (at * 2) + 1, "x")]
                    ),
            ]
        );
}
