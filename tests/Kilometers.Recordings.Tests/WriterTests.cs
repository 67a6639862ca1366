using System.Text;
using Kilometers.Recordings.Reading;
using Kilometers.Recordings.Storage;
using Kilometers.Recordings.Writing;

namespace Kilometers.Recordings.Tests;

public sealed class WriterTests
{
    [Fact]
    public void Add_RequestAndResponse_AreOneCall()
    {
        using var folder = new RecordingFolder();
        folder.Record("s", RecordingFolder.Request(1, "search"), RecordingFolder.Response(2, 1, "found", milliseconds: 12.5));
        var call = Assert.Single(folder.Read(reader => reader.Calls(new CallFilter())));
        Assert.Equal("search", call.Name);
        Assert.Equal(CallOutcome.Ok, call.Outcome);
        Assert.Equal(TimeSpan.FromMilliseconds(12.5), call.Latency);
        var payloads = folder.Read(reader => reader.Payloads(call));
        Assert.Equal([RecordedKind.Request, RecordedKind.Response], payloads.Select(message => message.Kind));
        Assert.Equal(RecordingFolder.Response(2, 1, "found").Payload!.Value.ToArray(), payloads[1].Payload!.Value.ToArray());
    }

    [Fact]
    public void Add_ContinuedCall_StaysOneCallWithAllItsLatency()
    {
        using var folder = new RecordingFolder();
        folder.Record(
            "s",
            RecordingFolder.Request(1, "book"),
            RecordingFolder.Response(2, 1, "which seat", milliseconds: 10),
            RecordingFolder.Request(3, "book") with
            {
                RetryOf = "c1",
            },
            RecordingFolder.Response(4, 3, "booked", milliseconds: 20)
        );
        var call = Assert.Single(folder.Read(reader => reader.Calls(new CallFilter())));
        Assert.Equal(1, call.Retries);
        Assert.Equal(TimeSpan.FromMilliseconds(30), call.Latency);
        Assert.Equal(4, folder.Read(reader => reader.Payloads(call)).Count);
    }

    [Fact]
    public void Add_ItemsDeliveredAgainToASuccessor_AreRecordedOnce()
    {
        using var folder = new RecordingFolder();
        RecordedItem[] items =
        [
            RecordingFolder.Event(1, "session.started"),
            RecordingFolder.Request(2, "search"),
            RecordingFolder.Response(3, 2, "found"),
        ];
        folder.Record("s", items);
        folder.Record("s", [.. items, RecordingFolder.Request(4, "search"), RecordingFolder.Response(5, 4, "again")]);
        var session = Assert.Single(folder.Read(reader => reader.Sessions()));
        Assert.Equal((2L, 4L), (session.Calls, session.Messages));
        Assert.Equal(2, folder.Read(reader => reader.Calls(new CallFilter())).Count);
    }

    [Fact]
    public void Add_ResponseAfterARestart_FindsItsCall()
    {
        using var folder = new RecordingFolder();
        folder.Record("s", RecordingFolder.Request(1, "search"));
        Assert.Equal(CallOutcome.Pending, Assert.Single(folder.Read(reader => reader.Calls(new CallFilter()))).Outcome);
        folder.Record("s", RecordingFolder.Response(2, 1, "no", error: "tool_error"));
        var call = Assert.Single(folder.Read(reader => reader.Calls(new CallFilter())));
        Assert.Equal((CallOutcome.Error, "tool_error", "no"), (call.Outcome, call.ErrorCode, call.ErrorText));
    }

    [Fact]
    public void Add_Events_CompleteTheSession()
    {
        using var folder = new RecordingFolder();
        folder.Record(
            new SessionDescription
            {
                Key = "0123456789abcdef0123456789abcdef",
                Server = "files",
                Command = "npx files ***",
                KmVersion = "1.0.0",
                Payloads = "masked",
                Started = RecordingFolder.Start,
            },
            RecordingFolder.Event(1, "session.started"),
            RecordingFolder.Event(
                2,
                "session.initialized",
                ("clientName", "claude"),
                ("clientVersion", "2"),
                ("protocolVersion", "2025-06-18")
            ),
            RecordingFolder.Event(3, "delivery.dropped", ("items", "4")),
            new RecordedErrorLine
            {
                Sequence = 4,
                Time = RecordingFolder.Start,
                Line = "warning",
            },
            RecordingFolder.Event(5, "server.exited", ("status", "signal 9"), ("code", "137")),
            RecordingFolder.Event(6, "session.ended")
        );
        var session = Assert.Single(folder.Read(reader => reader.Sessions()));
        Assert.Equal(("claude", "2", "2025-06-18"), (session.Client, session.ClientVersion, session.Protocol));
        Assert.Equal(("files", "npx files ***", 137L, "signal 9"), (session.Server, session.Command, session.ExitCode, session.ExitStatus));
        Assert.Equal(4, session.Missed);
        Assert.Equal(RecordingFolder.Start.AddSeconds(6), session.Ended);
        Assert.Equal("456789ab", session.ShortId);
    }

    [Fact]
    public void Add_ListOfTools_KeepsEachVersionOfADefinition()
    {
        using var folder = new RecordingFolder();
        folder.Record(
            "s",
            List(1, "before"),
            Answer(2, 1, "before"),
            List(3, "x"),
            Answer(4, 3, "after"),
            List(5, "x"),
            Answer(6, 5, "after")
        );
        using var database = Database.OpenToRead(folder.Database);
        Assert.Equal(2, database.Value("SELECT count(*) FROM definitions WHERE kind = 'tool' AND name = 'echo'"));
        Assert.Equal(1, database.Value("SELECT count(DISTINCT server || kind || name) FROM definitions"));

        static RecordedMessage List(long sequence, string text) =>
            RecordingFolder.Request(sequence, text) with
            {
                Method = "tools/list",
                Name = "",
            };
        static RecordedMessage Answer(long sequence, long request, string description) =>
            RecordingFolder.Response(sequence, request, "") with
            {
                Method = "tools/list",
                Payload = Encoding.UTF8.GetBytes(
                    $$$"""{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo","description":"{{{description}}}"}]}}"""
                ),
            };
    }

    [Fact]
    public void Add_LargePayloads_ComeBackWhole()
    {
        using var folder = new RecordingFolder();
        var random = new Random(1);
        var texts = Enumerable
            .Range(0, 40)
            .Select(_ => Convert.ToHexString(Enumerable.Range(0, random.Next(1, 60_000)).Select(_ => (byte)random.Next(256)).ToArray()))
            .ToArray();
        folder.Record(
            "s",
            [
                .. texts.SelectMany(
                    (text, at) =>
                        (RecordedItem[])
                            [RecordingFolder.Request((at * 2) + 1, "read"), RecordingFolder.Response((at * 2) + 2, (at * 2) + 1, text)]
                ),
                RecordingFolder.Event(1000, "session.ended"),
            ]
        );
        using var reader = folder.Reader();
        var calls = reader.Calls(new CallFilter()).Reverse().ToArray();
        for (var at = 0; at < texts.Length; at++)
            Assert.Contains(
                texts[at],
                Encoding.UTF8.GetString(reader.Payloads(calls[at])[1].Payload!.Value.Span),
                StringComparison.Ordinal
            );
        Assert.Equal(0, reader.Database.Value("SELECT count(*) FROM block_parts"));
    }

    [Fact]
    public async Task Add_TwoWritersAtOnce_RecordBothSessions()
    {
        using var folder = new RecordingFolder();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(() => Record(number))));
        var sessions = folder.Read(reader => reader.Sessions());
        Assert.Equal(4, sessions.Count);
        Assert.All(sessions, session => Assert.Equal((200L, 400L), (session.Calls, session.Messages)));
        Assert.Empty(folder.Reports);

        void Record(int number)
        {
            using var writer = folder.Writer();
            var session = writer.Begin(
                new SessionDescription
                {
                    Key = $"session-{number}",
                    Payloads = "masked",
                    Started = RecordingFolder.Start,
                }
            );
            for (var at = 0; at < 200; at++)
            {
                RecordingFolder.Add(session, RecordingFolder.Request((at * 2) + 1, "echo"));
                RecordingFolder.Add(session, RecordingFolder.Response((at * 2) + 2, (at * 2) + 1, $"answer {at}"));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void Open_DamagedFile_IsSetAsideAndRecordingContinues(int at)
    {
        using var folder = new RecordingFolder();
        folder.Record("old", RecordingFolder.Request(1, "search"), RecordingFolder.Response(2, 1, new string('x', 20_000)));
        using (var file = File.OpenWrite(folder.Database))
        {
            file.Position = at;
            for (var block = 0; block < 40; block++)
                file.Write(Encoding.ASCII.GetBytes(new string('#', 1024)));
        }

        folder.Record("new", RecordingFolder.Request(1, "search"), RecordingFolder.Response(2, 1, "found"));
        folder.Record("newer", RecordingFolder.Request(1, "search"), RecordingFolder.Response(2, 1, "found"));
        var line = Assert.Single(folder.Reports);
        Assert.Contains("damaged", line, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(folder.Folder, "recordings.damaged-*.db"));
        Assert.Contains(folder.Read(reader => reader.Sessions()), session => session.Key == "newer");
    }

    [Fact]
    public void Write_FullDisk_PausesWithOneLineAndCountsWhatIsMissed()
    {
        using var folder = new RecordingFolder { Options = new RecordingOptions { MinFreeBytes = long.MaxValue } };
        folder.Record("s", RecordingFolder.Request(1, "search"));
        Assert.Contains("paused", Assert.Single(folder.Reports), StringComparison.Ordinal);
    }
}
