using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.Plugins.Analytics.Tests.Counting;

/// <summary>Calls that become tasks.</summary>
public sealed partial class SessionCountTests
{
    [Fact]
    public void Add_ACallThatBecomesATask_IsOneCallUntilItsResult()
    {
        Ask(1, "search");
        Answer(1, "search", latency: 0.1, result: """{"task":{"taskId":"t-1","status":"working"}}""");
        Assert.Equal(0, Report().Tools[0].Figures.Latency.Count);
        Poll(2, "tasks/get", "t-1", """{"taskId":"t-1","status":"working"}""");
        Poll(3, "tasks/get", "t-1", """{"taskId":"t-1","status":"completed"}"""); // The seventh message: six seconds after the first.
        Poll(4, "tasks/result", "t-1", """{"content":[]}""");
        var tool = Assert.Single(Report().Tools);
        Assert.Equal((1, 1, 0), (tool.Figures.Calls, tool.Figures.Latency.Count, tool.Figures.AllErrors));
        Assert.Equal((5, 1), (tool.Figures.Latency.Sum, tool.Figures.ResponseSize.Count));
        Assert.Equal(["tools/call"], Report().Methods.Select(method => method.Method));
    }

    [Theory]
    [InlineData("failed", 1, 0)]
    [InlineData("cancelled", 0, 1)]
    public void Add_ATaskThatHasNoResult_IsFailedOrCancelled(string status, int errors, int cancelled)
    {
        Ask(1, "search");
        Answer(1, "search", result: """{"task":{"taskId":"t-1","status":"working"}}""");
        Add(
            MessageKind.Notification,
            MessageDirection.Outbound,
            "",
            "notifications/tasks/status",
            "",
            $$$"""{"params":{"taskId":"t-1","status":"{{{status}}}"}}"""
        );
        var figures = Assert.Single(Report().Tools).Figures;
        Assert.Equal((errors, cancelled), (figures.AllErrors, figures.Cancelled));
    }

    [Fact]
    public void Add_ATaskThatEndsWithoutItsResultFetched_CountsAtTheEndOfTheSession()
    {
        Ask(1, "search");
        Answer(1, "search", result: """{"task":{"taskId":"t-1","status":"working"}}""");
        Poll(2, "tasks/get", "t-1", """{"taskId":"t-1","status":"completed"}""");
        Take(StreamEventType.SessionEnded);
        Assert.Equal((1, 3), (Report().Tools[0].Figures.Latency.Count, Report().Tools[0].Figures.Latency.Sum));
    }

    [Fact]
    public void Add_AQuestionAboutATaskThatNobodyMade_IsACallOfItsOwn()
    {
        Poll(1, "tasks/get", "t-9", """{"taskId":"t-9","status":"working"}""");
        Poll(2, "tasks/get", "t-9", """{"taskId":"t-9","status":"working"}""");
        Assert.Equal(("tasks/get", 2, 2), (Report().Methods[0].Method, Report().Total.Calls, Report().Total.Latency.Count));
    }

    private void Poll(int id, string method, string task, string result)
    {
        Add(
            MessageKind.Request,
            MessageDirection.Inbound,
            $"{id}",
            method,
            "",
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{"taskId":"{{{task}}}"}}"""
        );
        Add(
            MessageKind.Response,
            MessageDirection.Outbound,
            $"{id}",
            method,
            "",
            $$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{{{result}}}}""",
            0.01
        );
    }
}
