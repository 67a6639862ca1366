using System.Text;
using Kilometers.Analytics;
using Kilometers.Analytics.Reading;
using Kilometers.Analytics.Writing;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Analytics.Anomalies;
using Kilometers.Plugins.Analytics.Counting;

namespace Kilometers.Plugins.Analytics.Tests.Counting;

/// <summary>What is counted of messages, as a report of a real file has it.</summary>
public sealed partial class SessionCountTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("km-count-").FullName;
    private readonly AnalyticsWriter _writer;
    private readonly SessionCount _count;
    private readonly Detector _detector;
    private bool _mayWatch = true;
    private ulong _sequence;

    public SessionCountTests()
    {
        _writer = new AnalyticsWriter(_folder, new AnalyticsOptions(), TimeProvider.System, line => Assert.Fail(line));
        var figures = _writer.Begin(
            new SessionFacts
            {
                Key = "one",
                Server = "files",
                Started = Start,
                LastSeen = Start,
            }
        );
        _detector = new Detector(10, _writer.Add);
        _count = new SessionCount(figures, new CallHash(), new WatchedSession(_detector, "one", "files"), () => _mayWatch);
    }

    public void Dispose()
    {
        _writer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Add_ACall_CountsItsTimeAndSizes()
    {
        Ask(1, "read");
        Answer(1, "read", latency: 0.25);
        var tool = Assert.Single(Report().Tools);
        Assert.Equal(("read", 1, 0, 1), (tool.Name, tool.Figures.Calls, tool.Figures.AllErrors, tool.Figures.Latency.Count));
        Assert.Equal(0.25, tool.Figures.Latency.Sum);
        Assert.True(tool.Figures.RequestSize.Sum > 0 && tool.Figures.ResponseSize.Sum > 0);
    }

    [Fact]
    public void Add_AnswersOfAnHourLater_AreOfTheHourOfTheirRequests()
    {
        Ask(1, "read");
        Answer(1, "read", latency: 2 * 3600);
        var hour = Assert.Single(Report().Hours);
        Assert.Equal((1, 1), (hour.Figures.Calls, hour.Figures.Latency.Count));
    }

    [Fact]
    public void Add_TheSameArgumentsAgain_IsARepetitionOrARetry()
    {
        Ask(1, "read", """{"path":"a"}""");
        Answer(1, "read");
        Ask(2, "read", """{ "path" : "a" }"""); // A repetition,
        Answer(2, "read", error: "tool_error");
        Ask(3, "read", """{"path":"a"}"""); // and a retry of that.
        Ask(4, "read", """{"path":"b"}""");
        Ask(5, "write", """{"path":"a"}""");
        var total = Report().Total;
        Assert.Equal((5, 1, 1), (total.Calls, total.Duplicates, total.Retries));
    }

    [Fact]
    public void Add_AResourceReadTwice_IsARepetitionWithoutItsAddress()
    {
        for (var id = 1; id <= 2; id++)
            Add(
                MessageKind.Request,
                MessageDirection.Inbound,
                $"{id}",
                "resources/read",
                "db://user:hunter2@host/x",
                """{"params":{"uri":"db://user:hunter2@host/x"}}"""
            );
        var method = Assert.Single(Report().Methods);
        Assert.Equal(("resources/read", 2, 1), (method.Method, method.Figures.Calls, method.Figures.Duplicates));
        AssertNotInTheFile("hunter2");
    }

    [Fact]
    public void Add_Anything_KeepsNothingOfPayloads()
    {
        Ask(1, "read", """{"password":"correct-horse-battery"}""");
        Answer(1, "read", error: "tool_error", text: "no such staple-battery");
        Ask(2, "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH");
        Take(StreamEventType.SessionInitialized, ("clientName", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"));
        foreach (var secret in (string[])["correct-horse", "staple-battery", "abcdefghijklmnopqrstuvwxyz"])
            AssertNotInTheFile(secret);
    }

    [Fact]
    public void Add_Errors_AreOfTheirKinds()
    {
        Ask(1, "read");
        Answer(1, "read", error: "tool_error", text: "disk on fire");
        Ask(2, "read");
        Answer(2, "read", error: "-32602", text: "Invalid params");
        var total = Report().Total;
        Assert.Equal((2, 1, 1), (total.AllErrors, total.Errors(ErrorKind.Tool), total.Errors(ErrorKind.Schema)));
    }

    [Fact]
    public void Add_ACancellation_IsATimeoutOnlyIfItSaysSo()
    {
        Ask(1, "slow");
        Cancel("1", "McpError: MCP error -32001: Request timed out");
        Cancel("1", "again");
        Answer(1, "slow", error: "-32000"); // Late, and counted already.
        Ask(2, "slow");
        Cancel("2", "the user pressed escape");
        Ask(3, "slow");
        Cancel("\"3\"", "another id");
        var total = Report().Total;
        Assert.Equal((3, 2, 1, 1), (total.Calls, total.Cancelled, total.AllErrors, total.Errors(ErrorKind.Timeout)));
    }

    [Fact]
    public void Add_ACallThatNeedsMoreInput_IsOneCall()
    {
        Ask(1, "book");
        Answer(1, "book", result: """{"resultType":"input_required","requestState":"x"}""", correlation: "c1");
        Ask(2, "book", retryOf: "c1");
        Answer(2, "book");
        var total = Report().Total;
        Assert.Equal((1, 1, 1), (total.Calls, total.Continued, total.Latency.Count));
        Assert.Equal(3, total.Latency.Sum); // From the first request to the last answer: a message passes each second.
    }

    [Fact]
    public void Add_Progress_IsOfTheToolThatMakesIt()
    {
        Ask(1, "slow", meta: """{"progressToken":"t1"}""");
        foreach (var token in (string[])["\"t1\"", "\"t1\"", "\"other\""])
            Add(
                MessageKind.Notification,
                MessageDirection.Outbound,
                "",
                "notifications/progress",
                "",
                $$$"""{"params":{"progressToken":{{{token}}},"progress":1}}"""
            );
        Assert.Equal(2, Assert.Single(Report().Tools).Figures.Progress);
    }

    [Fact]
    public void Add_TheServerAsks_IsNotATool()
    {
        Add(MessageKind.Request, MessageDirection.Outbound, "1", "sampling/createMessage", "", "{}");
        Add(MessageKind.Response, MessageDirection.Inbound, "1", "sampling/createMessage", "", "{}", latency: 1);
        var report = Report();
        Assert.Empty(report.Tools);
        Assert.True(Assert.Single(report.Methods).IsFromServer);
        Assert.Null(report.Servers[0].Startup);
    }

    [Fact]
    public void Add_AListing_TellsTheTools()
    {
        Add(MessageKind.Request, MessageDirection.Inbound, "1", "tools/list", "", "{}");
        Add(
            MessageKind.Response,
            MessageDirection.Outbound,
            "1",
            "tools/list",
            "",
            """{"result":{"tools":[{"name":"read","description":"Reads."},{"name":"write"},{"nom":"x"},7]}}""",
            latency: 1
        );
        Assert.Equal(["read", "write"], Report().Servers[0].NeverUsed.Select(tool => tool.Name));
    }

    [Fact]
    public void Add_TheFirstAnswer_EndsTheStart()
    {
        Take(StreamEventType.SessionStarted, ("transport", "stdio"));
        Ask(1, "read");
        Answer(1, "read");
        Ask(2, "read");
        Answer(2, "read");
        Assert.Equal(TimeSpan.FromSeconds(3), Report().Servers[0].Startup);
    }

    [Fact]
    public void Add_AnAnswerWithoutARequest_IsNoCall()
    {
        Add(MessageKind.Response, MessageDirection.Outbound, "1", "", "", "{}");
        var report = Report();
        Assert.Equal((0, 1), (report.Total.Calls, report.Servers[0].Unmatched));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("0", 0)]
    [InlineData("143", 0)]
    public void Add_AServerThatEnds_LeavesErrorsOnlyIfItFailed(string code, long errors)
    {
        Ask(1, "read");
        Answer(1, "read");
        Ask(2, "read");
        Ask(3, "read");
        Cancel("3", "");
        Add(MessageKind.Request, MessageDirection.Inbound, "4", "subscriptions/listen", "", "{}");
        Take(StreamEventType.ServerExited, ("code", code));
        Take(StreamEventType.SessionEnded);
        var report = Report();
        Assert.Equal((errors, errors), (report.Total.Errors(ErrorKind.Transport), report.Total.AllErrors));
        Assert.Equal(errors, report.Servers[0].Crashed);
        Assert.NotNull(Assert.Single(report.Sessions).Facts.Ended);
    }

    [Fact]
    public void Add_WhatIsNoJson_IsCountedByItsEnvelope()
    {
        Add(MessageKind.Request, MessageDirection.Inbound, "1", "tools/call", "read", """{"params":{"arguments":{"a":""");
        Add(MessageKind.Notification, MessageDirection.Inbound, "", "notifications/cancelled", "", """{"params":[""");
        Add(MessageKind.Notification, MessageDirection.Inbound, "", "notifications/cancelled", "", """[1]""");
        Add(MessageKind.Response, MessageDirection.Outbound, "1", "tools/list", "", """{"result":{"tools":""", latency: 1);
        Assert.Equal(1, Report().Total.Calls);
    }

    [Fact]
    public void Add_WithoutTheFeature_NothingIsLearned()
    {
        _mayWatch = false;
        Ask(1, "read");
        Answer(1, "read");
        Assert.Empty(_detector.TakeChanges());

        _mayWatch = true;
        Ask(2, "read");
        Answer(2, "read");
        Assert.Contains(_detector.TakeChanges(), state => state is { Server: "files", Tool: "read" });
        Assert.Equal(2, Report().Total.Calls);
    }

    private Report Report()
    {
        _writer.Write();
        using var reader = AnalyticsReader.Open(_folder);
        return reader.Report(new ReportScope());
    }

    private void AssertNotInTheFile(string text)
    {
        _writer.Write();
        foreach (var file in Directory.EnumerateFiles(_folder))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain(text, reader.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    private void Ask(int id, string tool, string arguments = "{}", string meta = "{}", string retryOf = "") =>
        Add(
            MessageKind.Request,
            MessageDirection.Inbound,
            $"{id}",
            "tools/call",
            tool,
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"_meta":{{{meta}}},"name":"{{{tool}}}","arguments":{{{arguments}}}}}""",
            retryOf: retryOf
        );

    private void Answer(
        int id,
        string tool,
        double latency = 1,
        string error = "",
        string text = "",
        string result = "{}",
        string correlation = ""
    ) =>
        Add(
            error is "" or "tool_error" ? MessageKind.Response : MessageKind.ErrorResponse,
            MessageDirection.Outbound,
            $"{id}",
            "tools/call",
            tool,
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{{{result}}}}""",
            latency,
            error,
            text,
            correlation: correlation
        );

    private void Cancel(string id, string reason) =>
        Add(
            MessageKind.Notification,
            MessageDirection.Inbound,
            "",
            "notifications/cancelled",
            "",
            $$$"""{"params":{"requestId":{{{id}}},"reason":"{{{reason}}}"}}"""
        );

    private void Add(
        MessageKind kind,
        MessageDirection direction,
        string id,
        string method,
        string name,
        string payload,
        double? latency = null,
        string error = "",
        string text = "",
        string retryOf = "",
        string correlation = ""
    )
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        _sequence++;
        _count.Add(
            new ObservedMessage
            {
                Kind = kind,
                Direction = direction,
                Id = id,
                Method = method,
                Name = name,
                Payload = bytes,
                Size = bytes.Length,
                Sequence = _sequence,
                Time = Start.AddSeconds(_sequence),
                SinceSessionStart = TimeSpan.FromSeconds(_sequence),
                Latency = latency is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                ErrorCode = error,
                ErrorText = text,
                RetryOf = retryOf,
                CorrelationId = correlation,
            }
        );
    }

    private void Take(string type, params (string Name, string Value)[] data) =>
        _count.Add(
            new StreamEvent
            {
                Type = type,
                Sequence = ++_sequence,
                Time = Start.AddSeconds(_sequence),
                Data = data.ToDictionary(one => one.Name, one => one.Value),
            }
        );
}
