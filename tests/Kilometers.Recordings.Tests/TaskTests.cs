using System.Text;
using Kilometers.Recordings.Reading;

namespace Kilometers.Recordings.Tests;

/// <summary>A call that the server answers with a task is one call, from its request to the end of the task.</summary>
public sealed class TaskTests : IDisposable
{
    private const string Working = """{"task":{"taskId":"t1","status":"working"}}""";

    private readonly RecordingFolder _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public void Add_TaskOf2025_IsOneCallUntilItsResult()
    {
        _recording.Record(
            "one",
            RecordingFolder.Request(1, "build"),
            Answer(2, 1, Working, 10),
            Poll(3, "tasks/get"),
            Answer(4, 3, """{"taskId":"t1","status":"working"}""", 20, "tasks/get"),
            Poll(5, "tasks/get"),
            Answer(6, 5, """{"taskId":"t1","status":"completed"}""", 30, "tasks/get"),
            Poll(7, "tasks/result"),
            Answer(8, 7, """{"content":[{"type":"text","text":"built"}]}""", 40, "tasks/result")
        );
        var call = Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10)));
        Assert.Equal(("build", CallOutcome.Ok, TimeSpan.FromMilliseconds(40), 0), (call.Name, call.Outcome, call.Latency, call.Retries));
        var messages = _recording.Read(reader => reader.Payloads(call));
        Assert.Equal(8, messages.Count);
        Assert.Equal(messages.Where(message => message.Kind == RecordedKind.Response).Sum(message => message.Size), call.ResponseBytes);
        var figures = Assert.Single(_recording.Read(reader => CallStatistics.Of(reader, StatisticsKey.Method, new CallFilter())));
        Assert.Equal(("tools/call", 1, 0), (figures.Key, figures.Calls, figures.Errors));
        Assert.Equal((call.Latency, call.ResponseBytes, call.RequestBytes), (figures.P50, figures.ResponseBytes, figures.RequestBytes));

        // Each message keeps its own method: a replay and an export need it.
        var items = _recording.Read(reader => SessionItems.Of(reader, call.Session)).OfType<RecordedMessage>();
        Assert.Equal(
            ["tools/call", "tools/call", "tasks/get", "tasks/get", "tasks/get", "tasks/get", "tasks/result", "tasks/result"],
            items.Select(item => item.Method)
        );
        Assert.Single(items.Select(item => item.CorrelationId).Distinct());
    }

    [Theory]
    [InlineData("""{"resultType":"complete","taskId":"t1","status":"completed","result":{"content":[]}}""", CallOutcome.Ok, null, null)]
    [InlineData("""{"taskId":"t1","status":"completed","result":{"isError":true}}""", CallOutcome.Error, "tool_error", null)]
    [InlineData(
        """{"taskId":"t1","status":"failed","error":{"code":-32603,"message":"no disk"}}""",
        CallOutcome.Error,
        "task_failed",
        "no disk"
    )]
    [InlineData("""{"taskId":"t1","status":"cancelled","statusMessage":"by you"}""", CallOutcome.Error, "task_cancelled", "by you")]
    [InlineData("""{"taskId":"t1","status":"input_required"}""", CallOutcome.Pending, null, null)]
    public void Add_TaskOfTheExtension_EndsWithItsStatus(string last, CallOutcome outcome, string? code, string? text)
    {
        _recording.Record(
            "one",
            RecordingFolder.Request(1, "build"),
            Answer(2, 1, """{"resultType":"task","taskId":"t1","status":"working"}""", 10),
            Poll(3, "tasks/get"),
            Answer(4, 3, last, 20, "tasks/get")
        );
        var call = Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10)));
        Assert.Equal((outcome, code, text), (call.Outcome, call.ErrorCode, call.ErrorText));
        Assert.Equal(outcome == CallOutcome.Pending ? null : TimeSpan.FromMilliseconds(20), call.Latency);
        Assert.Equal(outcome == CallOutcome.Error ? 1 : 0, _recording.Read(reader => reader.Sessions())[0].Errors);
    }

    [Fact]
    public void Add_TaskThatFailsAndWhoseResultIsAsked_IsOneError()
    {
        _recording.Record(
            "one",
            RecordingFolder.Request(1, "build"),
            Answer(2, 1, Working, 10),
            Poll(3, "tasks/get"),
            Answer(4, 3, """{"taskId":"t1","status":"failed"}""", 20, "tasks/get"),
            Poll(5, "tasks/result"),
            Answer(6, 5, """{"isError":true,"content":[]}""", 30, "tasks/result", "tool_error")
        );
        var call = Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10)));
        Assert.Equal(("tool_error", TimeSpan.FromMilliseconds(30)), (call.ErrorCode, call.Latency));
        Assert.Equal(1, _recording.Read(reader => reader.Sessions())[0].Errors);
        var figures = Assert.Single(_recording.Read(reader => CallStatistics.Of(reader, StatisticsKey.Tool, new CallFilter())));
        Assert.Equal((1, 1, call.Latency), (figures.Calls, figures.Errors, figures.Max));
    }

    [Fact]
    public void Add_PollOfATaskThatIsNotKnown_IsACallOfItsOwn()
    {
        _recording.Record("one", Poll(1, "tasks/get"), Answer(2, 1, """{"taskId":"t1","status":"completed"}""", 5, "tasks/get"));
        var call = Assert.Single(_recording.Read(reader => reader.Calls(new CallFilter(), 10)));
        Assert.Equal(("tasks/get", CallOutcome.Ok), (call.Method, call.Outcome));
    }

    private static RecordedMessage Poll(long sequence, string method) =>
        RecordingFolder.Request(sequence, "") with
        {
            Method = method,
            Payload = Encoding.UTF8.GetBytes($$$"""{"id":{{{sequence}}},"method":"{{{method}}}","params":{"taskId":"t1"}}"""),
        };

    private static RecordedMessage Answer(
        long sequence,
        long request,
        string result,
        double milliseconds,
        string method = "tools/call",
        string error = ""
    ) =>
        RecordingFolder.Response(sequence, request, "", milliseconds, error) with
        {
            Method = method,
            Size = result.Length,
            Payload = Encoding.UTF8.GetBytes($$"""{"id":{{request}},"result":{{result}} }"""),
        };
}
