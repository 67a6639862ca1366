using Kilometers.Recordings.Reading;

namespace Kilometers.Recordings.Tests;

public sealed class ReaderTests : IDisposable
{
    private readonly RecordingFolder _folder = new();

    public ReaderTests()
    {
        _folder.Record(
            Facts("0000000000000000aaaaaaaaaaaa1111", "files"),
            RecordingFolder.Event(1, "session.initialized", ("clientName", "claude")),
            RecordingFolder.Request(2, "read_file", """{"path":"/tmp/notes"}"""),
            RecordingFolder.Response(3, 2, "Permission denied: /tmp/notes", 5, "tool_error"),
            RecordingFolder.Request(4, "read_dir", """{"path":"/tmp/denied"}"""),
            RecordingFolder.Response(5, 4, "a permission was asked for", 300),
            RecordingFolder.Request(6, "search[0]", """{"query":"你好世界 Grüße"}""")
        );
        _folder.Record(
            Facts("0000000000000000bbbbbbbbbbbb1111", "web") with
            {
                Started = RecordingFolder.Start.AddDays(1),
            },
            RecordingFolder.Request(1, "fetch", """{"url":"https://example.org/x"}""", atSecond: 86_400) with
            {
                RequestId = "\"a-1\"",
            },
            RecordingFolder.Response(2, 1, "page", 40),
            RecordingFolder.Request(3, "ask") with
            {
                Method = "sampling/createMessage",
                Direction = RecordedDirection.Out,
                Name = "",
            },
            RecordingFolder.Response(4, 3, "not allowed", 7, "-32601") with
            {
                Direction = RecordedDirection.In,
            }
        );
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Calls_EachFilter_SelectsWhatItSays()
    {
        Assert.Equal(["read_dir", "read_file"], Names(new CallFilter { Name = "read_*" }));
        Assert.Equal(["search[0]"], Names(new CallFilter { Name = "search[0]" }));
        Assert.Empty(Names(new CallFilter { Name = "read_fil?" }));
        Assert.Equal(["sampling/createMessage"], Names(new CallFilter { Method = "sampling/*" }));
        Assert.Equal(["sampling/createMessage"], Names(new CallFilter { Direction = RecordedDirection.Out }));
        Assert.Equal(["sampling/createMessage", "read_file"], Names(new CallFilter { Outcome = CallOutcome.Error }));
        Assert.Equal(["search[0]"], Names(new CallFilter { Outcome = CallOutcome.Pending }));
        Assert.Equal(["sampling/createMessage"], Names(new CallFilter { ErrorCode = "-32601" }));
        Assert.Equal(["read_dir"], Names(new CallFilter { Slower = TimeSpan.FromMilliseconds(41) }));
        Assert.Equal(["sampling/createMessage", "read_file"], Names(new CallFilter { Faster = TimeSpan.FromMilliseconds(40) }));
        Assert.Equal(["fetch"], Names(new CallFilter { RequestId = "a-1" }));
        Assert.Equal(["fetch"], Names(new CallFilter { Since = RecordingFolder.Start.AddHours(1) }));
        Assert.Equal(4, Names(new CallFilter { Until = RecordingFolder.Start.AddHours(1) }).Count);
        Assert.Equal(3, Names(new CallFilter { Server = "files" }).Count);
        Assert.Equal(3, Names(new CallFilter { Client = "claude" }).Count);
        Assert.Equal(["read_dir"], Names(new CallFilter { Server = "files", Outcome = CallOutcome.Ok }));
    }

    [Theory]
    [InlineData("denied", "read_dir", "read_file")]
    [InlineData("permission denied", "read_file")]
    [InlineData("PERMISSION DENIED", "read_file")]
    [InlineData("denied permission")]
    [InlineData("permis", "read_dir", "read_file")]
    [InlineData("/tmp/notes", "read_file")]
    [InlineData("Grüße", "search[0]")]
    [InlineData("世界", "search[0]")]
    [InlineData("jsonrpc")]
    public void Calls_Text_FindsWhatIsWrittenInArgumentsResultsAndErrors(string text, params string[] names) =>
        Assert.Equal(names, Names(new CallFilter { Texts = [text] }));

    [Fact]
    public void Calls_SeveralTexts_MustAllBeInTheCall()
    {
        Assert.Equal(["read_file"], Names(new CallFilter { Texts = ["notes", "denied"] }));
        Assert.Equal(["read_dir"], Names(new CallFilter { Texts = ["denied"], Outcome = CallOutcome.Ok }));
        Assert.Empty(Names(new CallFilter { Texts = ["notes", "asked"] }));
    }

    [Fact]
    public void Calls_TextInABlockThatIsStillFilled_IsFoundAcrossItsParts()
    {
        using (var writer = _folder.Writer())
        {
            var session = writer.Begin(Facts("0000000000000000cccccccccccc1111", "slow"));
            for (var at = 0; at < 5; at++)
            {
                RecordingFolder.Add(session, RecordingFolder.Request(at + 1, "note", $$"""{"text":"part{{at}} shared"}"""));
                Assert.True(
                    SpinWait.SpinUntil(
                        () => _folder.Read(reader => reader.Calls(new CallFilter { Texts = [$"part{at} shared"] })).Count == 1,
                        20_000
                    )
                );
            }
        }

        Assert.Equal(5, Names(new CallFilter { Texts = ["shared"] }).Count);
    }

    [Fact]
    public void Find_ShortIds_NamesAndPrefixes()
    {
        using var reader = _folder.Reader();
        Assert.Equal("files", Assert.Single(reader.Find("aa")).Server);
        Assert.Equal("web", Assert.Single(reader.Find("bbbbbbbb")).Server);
        Assert.Equal(2, reader.Find("0000").Count);
        Assert.Empty(reader.Find("cc"));
    }

    [Fact]
    public void Statistics_ByTool_AreExact()
    {
        using var folder = new RecordingFolder();
        folder.Record(
            Facts("0000000000000000dddddddddddd1111", "files"),
            [
                .. Enumerable
                    .Range(1, 100)
                    .SelectMany(at =>
                        (RecordedItem[])
                            [
                                RecordingFolder.Request(at * 2, "echo"),
                                RecordingFolder.Response((at * 2) + 1, at * 2, "x", at, at == 7 ? "tool_error" : ""),
                            ]
                    ),
            ]
        );
        using var reader = folder.Reader();
        var echo = Assert.Single(CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter()));
        Assert.Equal((100L, 1L), (echo.Calls, echo.Errors));
        Assert.Equal(
            (50.0, 95.0, 99.0, 100.0),
            (
                echo.P50!.Value.TotalMilliseconds,
                echo.P95!.Value.TotalMilliseconds,
                echo.P99!.Value.TotalMilliseconds,
                echo.Max!.Value.TotalMilliseconds
            )
        );
        Assert.Equal(TimeSpan.FromMilliseconds(100), Assert.Single(reader.Calls(new CallFilter { Call = echo.SlowestCall })).Latency);
    }

    [Fact]
    public void Statistics_ByEachKey_CountTheSameCalls()
    {
        using var reader = _folder.Reader();
        Assert.Equal(["fetch", "read_dir", "read_file", "search[0]"], Keys(StatisticsKey.Tool));
        Assert.Equal(["tools/call", "sampling/createMessage"], Keys(StatisticsKey.Method));
        Assert.Equal(["files", "web"], Keys(StatisticsKey.Server));
        Assert.Equal(["claude", ""], Keys(StatisticsKey.Client));
        Assert.Equal(["2026-11-02", "2026-11-01"], Keys(StatisticsKey.Day));

        List<string> Keys(StatisticsKey by) => [.. CallStatistics.Of(reader, by, new CallFilter()).Select(figures => figures.Key)];
    }

    private List<string> Names(CallFilter filter) =>
        [.. _folder.Read(reader => reader.Calls(filter)).Select(call => call.Name ?? call.Method)];

    private static SessionDescription Facts(string key, string server) =>
        new()
        {
            Key = key,
            Server = server,
            Payloads = "masked",
            Started = RecordingFolder.Start,
        };
}
