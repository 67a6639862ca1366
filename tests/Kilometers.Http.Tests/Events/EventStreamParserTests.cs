using System.Text;
using Kilometers.Http.Events;

namespace Kilometers.Http.Tests.Events;

public sealed class EventStreamParserTests
{
    [Theory]
    [InlineData("data: a\n\n", "|a")]
    [InlineData("data:a\r\rdata: b\r\n\r\n", "|a;|b")]
    [InlineData("event: endpoint\ndata: /m\n\n", "endpoint|/m")]
    [InlineData("data: a\ndata:\ndata:  b\n\n", "|a\n\n b")]
    [InlineData(": ping\n\nid: 1\n\nretry: 5\n\ndata\n\n", "")]
    [InlineData("data: unfinished\n", "")]
    [InlineData("\uFEFFdata: a\n\n", "|a")]
    [InlineData("unknown: x\ndata: a\nevent\n\n", "|a")]
    public void Push_AnySplit_GivesTheSameEvents(string stream, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var size = 1; size <= bytes.Length; size++)
            Assert.Equal(expected, string.Join(';', Read(bytes, size, long.MaxValue).Events));
    }

    [Fact]
    public void Push_Ids_CountOnceTheirEventIsComplete()
    {
        var parser = new EventStreamParser(100, (_, _, _) => { });
        parser.Push("id: 1\ndata: a\n\nid: 2\ndata: b\n"u8);
        Assert.Equal("1", parser.LastEventId);
        parser.Push("\n"u8);
        Assert.Equal("2", parser.LastEventId);
    }

    [Fact]
    public void Push_EmptyData_IsNotAMessageAndItsIdCounts()
    {
        var (events, parser) = Read("id: first\nretry: 250\ndata:\n\n"u8.ToArray(), 3, 100);
        Assert.Empty(events);
        Assert.Equal("first", parser.LastEventId);
        Assert.Equal(TimeSpan.FromMilliseconds(250), parser.Retry);
    }

    [Fact]
    public void Push_DataAboveTheLimit_KeepsItsBeginningAndCountsTheRest()
    {
        var skipped = new List<long>();
        var parser = new EventStreamParser(10, (_, data, missing) => skipped.Add(data.Length + missing));
        parser.Push(Encoding.UTF8.GetBytes($"data: {new string('x', 1000)}\n\ndata: ok\n\n"));
        Assert.Equal([1000, 2], skipped);
    }

    [Fact]
    public void Push_DataAboveTheLimitInPieces_CountsAllOfIt()
    {
        var sizes = new List<long>();
        var parser = new EventStreamParser(10, (_, data, missing) => sizes.Add(data.Length + missing));
        foreach (var piece in Encoding.UTF8.GetBytes($"data: {new string('x', 1000)}\n\n").Chunk(7))
            parser.Push(piece);
        Assert.Equal([1000], sizes);
    }

    private static (List<string> Events, EventStreamParser Parser) Read(byte[] stream, int size, long limit)
    {
        var events = new List<string>();
        var parser = new EventStreamParser(limit, (type, data, _) =>
            events.Add($"{Encoding.UTF8.GetString(type)}|{Encoding.UTF8.GetString(data)}")
        );
        foreach (var piece in stream.Chunk(size))
            parser.Push(piece);
        return (events, parser);
    }
}
