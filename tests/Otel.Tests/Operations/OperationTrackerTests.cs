using System.Text;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Otel.Operations;

namespace Kilometers.Plugins.Otel.Tests.Operations;

/// <summary>What counts as one operation.</summary>
public sealed class OperationTrackerTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly List<(Operation Operation, Outcome Outcome)> _done = [];
    private int _seconds;

    [Fact]
    public void Add_ACall_IsOneOperationWithItsTimes()
    {
        var tracker = Tracker();
        tracker.Add(Request("c1", "tools/call", "echo"));
        tracker.Add(Response("c1", "tools/call", "echo", "tool_error"));

        var (operation, outcome) = Assert.Single(_done);
        Assert.Equal(("tools/call", "echo", true), (operation.Method, operation.Name, operation.IsFromClient));
        Assert.Equal((Start.AddSeconds(1), Start.AddSeconds(2), "tool_error"), (operation.Start, outcome.End, outcome.Error));
    }

    [Fact]
    public void Add_TheServerAsks_IsItsOperation()
    {
        var tracker = Tracker();
        tracker.Add(Request("s1", "sampling/createMessage", "", isFromClient: false));
        tracker.Add(Response("s1", "sampling/createMessage", "", isFromClient: false));

        Assert.False(Assert.Single(_done).Operation.IsFromClient);
    }

    [Fact]
    public void Add_AnAnswerWhoseRequestIsNotKnownHere_IsAnOperationOfItsLatency()
    {
        Tracker().Add(Response("c9", "tools/list", ""));

        Assert.Equal(Start.AddMilliseconds(500), Assert.Single(_done).Operation.Start);
    }

    [Fact]
    public void Add_ACallThatNeedsMoreInput_IsOneOperation()
    {
        var tracker = Tracker();
        tracker.Add(
            Request(
                "c1",
                "tools/call",
                "book",
                """{"params":{"_meta":{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}"""
            )
        );
        tracker.Add(Response("c1", "tools/call", "book", payload: """{"result":{"resultType":"input_required","requestState":"x"}}"""));
        tracker.Add(Request("c2", "tools/call", "book", retryOf: "c1"));
        Assert.Empty(_done);
        tracker.Add(Response("c2", "tools/call", "book"));

        var (operation, outcome) = Assert.Single(_done);
        Assert.Equal((Start.AddSeconds(1), Start.AddSeconds(4)), (operation.Start, outcome.End));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", operation.Parent.TraceId.ToHexString());
        Assert.True(operation.Parent.IsRemote);
    }

    [Fact]
    public void Finish_ACallThatIsNeverContinued_EndedWithItsLastAnswer()
    {
        var tracker = Tracker();
        tracker.Add(Request("c1", "tools/call", "book"));
        tracker.Add(Response("c1", "tools/call", "book", payload: """{"result":{"resultType":"input_required"}}"""));
        tracker.Finish();

        Assert.Equal(Start.AddSeconds(2), Assert.Single(_done).Outcome.End);
    }

    [Fact]
    public void Add_ACallThatBecomesATask_EndsWithTheTasksResult()
    {
        var tracker = Tracker();
        tracker.Add(Request("c1", "tools/call", "render"));
        tracker.Add(Response("c1", "tools/call", "render", payload: """{"result":{"task":{"taskId":"t","status":"working"}}}"""));
        tracker.Add(Request("c2", "tasks/get", "", """{"params":{"taskId":"t"}}"""));
        tracker.Add(Response("c2", "tasks/get", "", payload: """{"result":{"taskId":"t","status":"completed"}}"""));
        tracker.Add(Request("c3", "tasks/result", "", """{"params":{"taskId":"t"}}"""));
        Assert.Empty(_done);
        tracker.Add(Response("c3", "tasks/result", "", "tool_error"));

        var (operation, outcome) = Assert.Single(_done);
        Assert.Equal(("tools/call", "render", "tool_error"), (operation.Method, operation.Name, outcome.Error));
        Assert.Equal((Start.AddSeconds(1), Start.AddSeconds(6)), (operation.Start, outcome.End));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("cancelled")]
    public void Add_ATaskThatFails_IsAFailedOperation(string status)
    {
        var tracker = Tracker();
        tracker.Add(Request("c1", "tools/call", "render"));
        tracker.Add(Response("c1", "tools/call", "render", payload: """{"result":{"task":{"taskId":"t","status":"working"}}}"""));
        tracker.Add(Request("c2", "tasks/get", "", """{"params":{"taskId":"t"}}"""));
        tracker.Add(Response("c2", "tasks/get", "", payload: $$$"""{"result":{"taskId":"t","status":"{{{status}}}"}}"""));

        Assert.Equal($"task_{status}", Assert.Single(_done).Outcome.Error);
    }

    [Fact]
    public void Finish_ATaskWhoseResultNobodyFetched_EndedWhenItWasOver()
    {
        var tracker = Tracker();
        tracker.Add(Request("c1", "tools/call", "render"));
        tracker.Add(Response("c1", "tools/call", "render", payload: """{"result":{"task":{"taskId":"t","status":"working"}}}"""));
        tracker.Add(Request("c2", "tasks/get", "", """{"params":{"taskId":"t"}}"""));
        tracker.Add(Response("c2", "tasks/get", "", payload: """{"result":{"taskId":"t","status":"completed"}}"""));
        tracker.Finish();

        Assert.Equal(Start.AddSeconds(4), Assert.Single(_done).Outcome.End);
    }

    [Fact]
    public void Add_PayloadsAreWanted_AreMasked()
    {
        var tracker = new OperationTracker(new Redactor([], []), (operation, outcome) => _done.Add((operation, outcome)));
        tracker.Add(Request("c1", "tools/call", "echo", """{"params":{"arguments":{"password":"hush-7f3a","text":"hello"}}}"""));
        tracker.Add(Response("c1", "tools/call", "echo", payload: """{"result":{"content":[{"type":"text","text":"hello"}]}}"""));

        var (operation, outcome) = Assert.Single(_done);
        Assert.Contains("hello", operation.Arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-7f3a", operation.Arguments, StringComparison.Ordinal);
        Assert.Contains("hello", outcome.Result, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"params\":{\"_meta\":{\"traceparent\":1}}}")]
    [InlineData("{\"params\":{\"_meta\":{\"traceparent\":\"zz\"}}}")]
    [InlineData("{\"params\":[\"traceparent\"]}")]
    [InlineData("traceparent")]
    [InlineData("[]traceparent")]
    public void Add_APayloadThatMakesNoSense_IsPassedOver(string payload)
    {
        var tracker = Tracker();
        tracker.Add(Request("c1", "tools/call", "echo", payload));
        tracker.Add(Response("c1", "tools/call", "echo"));

        Assert.Equal(default, Assert.Single(_done).Operation.Parent.TraceId);
    }

    [Fact]
    public void Add_MoreThanIsRemembered_ForgetsTheOldest()
    {
        var tracker = Tracker();
        for (var i = 0; i < 5000; i++)
            tracker.Add(
                Request($"c{i}", "tools/call", "echo", """{"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""")
            );
        tracker.Add(Response("c0", "tools/call", "echo"));
        tracker.Add(Response("c4999", "tools/call", "echo"));

        Assert.Equal(["", "2026-07-28"], _done.Select(one => one.Operation.Version));
    }

    private OperationTracker Tracker() => new(null, (operation, outcome) => _done.Add((operation, outcome)));

    private ObservedMessage Request(
        string correlation,
        string method,
        string name,
        string payload = "{}",
        string retryOf = "",
        bool isFromClient = true
    ) =>
        new()
        {
            Kind = MessageKind.Request,
            Direction = isFromClient ? MessageDirection.Inbound : MessageDirection.Outbound,
            Method = method,
            Name = name,
            Id = "1",
            CorrelationId = correlation,
            RetryOf = retryOf,
            Payload = Encoding.UTF8.GetBytes(payload),
            Time = Start.AddSeconds(++_seconds),
        };

    private ObservedMessage Response(
        string correlation,
        string method,
        string name,
        string error = "",
        string payload = "{\"result\":{}}",
        bool isFromClient = true
    ) =>
        new()
        {
            Kind = error.Length > 0 ? MessageKind.ErrorResponse : MessageKind.Response,
            Direction = isFromClient ? MessageDirection.Outbound : MessageDirection.Inbound,
            Method = method,
            Name = name,
            Id = "1",
            CorrelationId = correlation,
            ErrorCode = error,
            Latency = TimeSpan.FromMilliseconds(500),
            Payload = Encoding.UTF8.GetBytes(payload),
            Time = Start.AddSeconds(++_seconds),
        };
}
