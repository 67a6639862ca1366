using System.Text;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Tokens;

namespace Kilometers.Recordings.Tests;

/// <summary>Tokens are counted after they were recorded, once, by a program that asks. Here each character is one.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly RecordingFolder _recording = new();

    public void Dispose() => _recording.Dispose();

    [Theory]
    [InlineData(
        """{"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"x","arguments":{"a":[1,{"params":2}]}} }""",
        """{"name":"x","arguments":{"a":[1,{"params":2}]}}"""
    )]
    [InlineData("""{"id":1,"params":{"_meta":{"progressToken":{"a":1}},"a":1}}""", """{"a":1}""")]
    [InlineData("""{"id":1,"params":{ "a":1 , "_meta":{"x":"y"} }}""", """{ "a":1 }""")]
    [InlineData("""{"id":1,"params":{ "_meta":{"x":"y"} , "a":1}}""", """{ "a":1}""")]
    [InlineData("""{"id":1,"result":{"a":1,"_meta":null,"b":[{"_meta":1}]}}""", """{"a":1,"b":[{"_meta":1}]}""")]
    [InlineData("""{"id":1,"result":{"_meta":{}}}""", "{}")]
    [InlineData("""{"id":1,"result":["_meta",1]}""", """["_meta",1]""")]
    [InlineData("""{"id":1,"result":true}""", "true")]
    [InlineData("""{"id":1,"error":{"code":-1,"message":"no"}}""", """{"code":-1,"message":"no"}""")]
    [InlineData("""{"id":{"params":1},"method":"ping"}""", "")]
    [InlineData("""[{"params":1}]""", "")]
    [InlineData("""{"params":{"a":1""", "")]
    [InlineData("no JSON", "")]
    public void Of_Message_IsWhatAModelMayRead(string message, string expected) =>
        Assert.Equal(expected, TokenText.Of(Encoding.UTF8.GetBytes(message), new TextBuffer(), new TextBuffer()));

    [Fact]
    public void Of_Image_IsLeftOut() =>
        Assert.Equal(
            """{"data":"","text":"é word"}""",
            TokenText.Of(
                Encoding.UTF8.GetBytes($$"""{"result":{"data":"{{new string('A', 5000)}}","text":"é word"} }"""),
                new TextBuffer(),
                new TextBuffer()
            )
        );

    [Fact]
    public void Count_Calls_HaveTokensAndTheirSums()
    {
        _recording.Record(
            "one",
            RecordingFolder.Request(1, "read", """{"path":"a"}"""),
            RecordingFolder.Response(2, 1, "0123456789"),
            RecordingFolder.Request(3, "read"),
            RecordingFolder.Event(4, "session.ended")
        );
        Assert.Single(Backlog().Sessions);
        Count();
        Assert.Equal((0, 0), (Backlog().Bytes, Backlog().Sessions.Count));
        var calls = _recording.Read(reader => reader.Calls(new CallFilter(), 10));
        var (request, response) = (
            """{"name":"read","arguments":{"path":"a"}}""".Length,
            """{"content":[{"type":"text","text":"0123456789"}]}""".Length
        );
        var open = """{"name":"read","arguments":{}}""".Length;
        Assert.Equal([(open, null), (request, response)], calls.Select(call => (call.RequestTokens, call.ResponseTokens)));
        foreach (var filter in (CallFilter[])[new(), new() { Faster = TimeSpan.FromHours(1) }])
        {
            var expected = filter.Faster is null ? request + open : request;
            var figures = Assert.Single(_recording.Read(reader => CallStatistics.Of(reader, StatisticsKey.Tool, filter)));
            Assert.Equal((expected, response), (figures.RequestTokens, figures.ResponseTokens));
        }
    }

    [Fact]
    public void Count_WhatCameSince_IsAddedAndNothingIsCountedTwice()
    {
        using (var writer = _recording.Writer())
        {
            var session = writer.Begin(
                new SessionDescription
                {
                    Key = "one",
                    Payloads = "masked",
                    Started = RecordingFolder.Start,
                }
            );
            RecordingFolder.Add(session, RecordingFolder.Request(1, "ask"));
            RecordingFolder.Add(session, RecordingFolder.Response(2, 1, "more input"));
            WaitFor(2);
            Count();
            var first = Figures();
            Count();
            Assert.Equal(first, Figures());

            // The call goes on: its sums in the recorder's memory must not undo what was counted.
            RecordingFolder.Add(session, RecordingFolder.Request(3, "ask") with { RetryOf = "c1" });
            RecordingFolder.Add(session, RecordingFolder.Response(4, 3, "more input"));
            RecordingFolder.Add(session, RecordingFolder.Event(5, "session.ended"));
            WaitFor(4);
            Count();
            Assert.Equal(
                (1, first.RequestTokens * 2, first.ResponseTokens * 2),
                (Figures().Calls, Figures().RequestTokens, Figures().ResponseTokens)
            );
        }

        Assert.Equal(0, Backlog().Bytes);
        using var database = Database.OpenToWrite(_recording.Database);
        Assert.Equal(1, database.Value("SELECT count(*) FROM sessions WHERE calls = (SELECT sum(calls) FROM call_hours)"));
        Assert.Equal(Figures().RequestTokens, database.Value("SELECT sum(request_tokens) FROM calls"));

        CallFigures Figures() => Assert.Single(_recording.Read(reader => CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter())));

        void WaitFor(long messages)
        {
            while (!IsThere(messages))
                Thread.Yield();
        }
    }

    [Fact]
    public void Count_ManyMessages_AreWrittenInParts()
    {
        _recording.Record(
            "one",
            [
                .. Enumerable
                    .Range(0, 5000)
                    .SelectMany(at =>
                        (RecordedItem[])
                            [RecordingFolder.Request((at * 2) + 1, "read"), RecordingFolder.Response((at * 2) + 2, (at * 2) + 1, "x")]
                    ),
            ]
        );
        var parts = Count();
        Assert.True(parts.Count > 1);
        Assert.Equal(0, _recording.Read(reader => TokenBacklog.Of(reader, new CallFilter())).Bytes);
        var figures = Assert.Single(_recording.Read(reader => CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter())));
        Assert.Equal(5000 * """{"name":"read","arguments":{}}""".Length, figures.RequestTokens);
    }

    [Fact]
    public void Count_PayloadsThatWereNotKept_HaveNoTokens()
    {
        _recording.Record(
            "one",
            RecordingFolder.Request(1, "read") with
            {
                Payload = null,
            },
            RecordingFolder.Response(2, 1, "cut") with
            {
                IsTruncated = true,
            }
        );
        Count();
        Assert.Equal(0, Backlog().Bytes);
        var call = Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10)));
        Assert.Equal((null, null), (call.RequestTokens, call.ResponseTokens));
    }

    [Fact]
    public void Of_FileOfAnEarlierVersion_IsReadWithoutTokensAndCountedAfterwards()
    {
        _recording.Record("one", RecordingFolder.Request(1, "read"), RecordingFolder.Response(2, 1, "x"));
        using (var database = Database.OpenToWrite(_recording.Database))
            database.Run(RecordingFolder.ToVersion2);
        Assert.Null(Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10))).RequestTokens);
        Assert.Single(_recording.Read(reader => CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter())));
        Assert.True(Backlog().Bytes > 0);
        Count();
        Assert.NotNull(Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10))).RequestTokens);
    }

    private bool IsThere(long messages)
    {
        try
        {
            return _recording.Read(reader => reader.Sessions()) is [var session] && session.Messages >= messages;
        }
        catch (RecordingException)
        {
            return false; // The writer makes the file.
        }
    }

    private TokenBacklog Backlog() => _recording.Read(reader => TokenBacklog.Of(reader, new CallFilter()));

    private List<long> Count()
    {
        var parts = new List<long>();
        using var store = TokenStore.Open(_recording.Folder, text => text.Length);
        foreach (var session in Backlog().Sessions)
            store.Count(session, parts.Add);
        return parts;
    }
}
