using System.Text;
using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.PluginHost.Control;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.PluginHost.Tests.Control;

public sealed class ControlConversationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSession _session = new();

    [Fact]
    public async Task ServeAsync_Status_AnswersWithTheSession()
    {
        var answer = await AskAsync("""{"version":1,"command":"status"}""");
        Assert.Null(answer.Error);
        Assert.Equal(
            ("files", 42, 0.9, (double?)null),
            (answer.Session!.Server, answer.Session.Pid, answer.Session.Decisions.Loads.HitRate, answer.Session.Decisions.Messages.HitRate)
        );
    }

    [Theory]
    [InlineData("enable", ControlAction.Enable)]
    [InlineData("disable", ControlAction.Disable)]
    [InlineData("restart", ControlAction.Restart)]
    public async Task ServeAsync_Action_IsDone(string command, object action)
    {
        var answer = await AskAsync($$"""{"version":1,"command":"{{command}}","plugin":"api-logger","what":"a later km adds members"}""");
        Assert.Null(answer.Error);
        Assert.Equal([((ControlAction)action, "api-logger")], _session.Done);
    }

    [Theory]
    [InlineData("""{"version":2,"command":"status","new":{"deep":[1,2]}}""", ErrorCode.ControlVersion)]
    [InlineData("""{"version":0,"command":"status"}""", ErrorCode.ControlVersion)]
    [InlineData("{}", ErrorCode.ControlVersion)]
    [InlineData("null", ErrorCode.ControlVersion)]
    [InlineData("", ErrorCode.ControlRequest)]
    [InlineData("GET / HTTP/1.1", ErrorCode.ControlRequest)]
    [InlineData("\u0000\u0001\u0002", ErrorCode.ControlRequest)]
    [InlineData("""{"version":1,"command":"status""", ErrorCode.ControlRequest)]
    [InlineData("""{"version":"1","command":"status"}""", ErrorCode.ControlRequest)]
    [InlineData("""{"version":1,"version":1,"command":"status"}""", ErrorCode.ControlRequest)]
    [InlineData("""{"version":1,"command":"stop"}""", ErrorCode.ControlRequest)]
    [InlineData("""{"version":1}""", ErrorCode.ControlRequest)]
    [InlineData("""{"version":1,"command":"disable"}""", ErrorCode.ControlRequest)]
    [InlineData("""{"version":1,"command":"disable","plugin":"../../etc"}""", ErrorCode.ControlRequest)]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", ErrorCode.ControlRequest)]
    public async Task ServeAsync_WhatItDoesNotKnow_IsRefusedByCodeAndNothingIsDone(string line, string code)
    {
        var answer = await AskAsync(line);
        Assert.Equal((code, ControlProtocol.Version), (answer.Error?.Code, answer.Version));
        Assert.Empty(_session.Done);
    }

    [Fact]
    public async Task ServeAsync_LineThatDoesNotEnd_IsReadNoFurtherThanTheLimit()
    {
        var (client, serving) = Serve();
        using var other = client;
        await client.WriteAsync(new byte[ControlProtocol.MaxRequest + 1], TestContext.Current.CancellationToken);
        Assert.Equal(ErrorCode.ControlRequest, (await AnswerAsync(client)).Error?.Code);
        await serving.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task ServeAsync_PeerThatSaysNothing_IsLeftAfterItsTime()
    {
        var (client, serving) = Serve();
        using var other = client;
        _time.Advance(ControlConversation.AskLimit - TimeSpan.FromMilliseconds(1));
        Assert.False(serving.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await serving.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(0, await client.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ServeAsync_PeerThatDoesNotTakeItsAnswer_IsLeftAfterItsTime()
    {
        // Far more than a socket holds.
        var session = new ScriptedSession
        {
            Act = _ => Task.FromResult<KmError?>(new KmError(ErrorCode.Internal, new string('x', 3 << 20))),
        };
        var (client, serving) = Serve(session);
        using var other = client;
        await client.WriteAsync(
            "{\"version\":1,\"command\":\"restart\",\"plugin\":\"slow\"}\n"u8.ToArray(),
            TestContext.Current.CancellationToken
        );
        while (!serving.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(serving, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        await serving;
    }

    [Fact]
    public async Task ServeAsync_ActionThatHangs_IsGivenUpWithACode()
    {
        var session = new ScriptedSession
        {
            Act = async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return null;
            },
        };
        var (client, serving) = Serve(session);
        using var other = client;
        await client.WriteAsync(
            "{\"version\":1,\"command\":\"restart\",\"plugin\":\"slow\"}\n"u8.ToArray(),
            TestContext.Current.CancellationToken
        );
        while (session.Done.Count == 0)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        while (!serving.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(serving, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        Assert.Equal(ErrorCode.ControlNotAnswering, (await AnswerAsync(client)).Error?.Code);
    }

    [Fact]
    public async Task ServeAsync_FaultInTheSession_IsAnAnswer()
    {
        var answer = await AskAsync(
            """{"version":1,"command":"status"}""",
            new ScriptedSession { Show = () => throw new InvalidOperationException("oops") }
        );
        Assert.Equal(ErrorCode.Internal, answer.Error?.Code);
    }

    [Fact]
    public async Task ServeAsync_WhoMayNotAsk_HearsWhyAndNothingElse()
    {
        var refusal = new KmError(ErrorCode.ControlForbidden, "no");
        var (client, _) = Serve(refusal: refusal);
        using var other = client;
        await client.WriteAsync(
            "{\"version\":1,\"command\":\"disable\",\"plugin\":\"api-logger\"}\n"u8.ToArray(),
            TestContext.Current.CancellationToken
        );
        var answer = await AnswerAsync(client);
        Assert.Equal((refusal, (SessionReport?)null), (answer.Error, answer.Session));
        Assert.Empty(_session.Done);
    }

    private async Task<ControlAnswer> AskAsync(string line, ScriptedSession? session = null)
    {
        var (client, serving) = Serve(session);
        using var other = client;
        await client.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
        var answer = await AnswerAsync(client);
        await serving.WaitAsync(Limit, TestContext.Current.CancellationToken);
        return answer;
    }

    /// <summary>A real connection, served at one end.</summary>
    private (Stream Client, Task Serving) Serve(ScriptedSession? session = null, KmError? refusal = null)
    {
        var (client, server) = Sockets.Pair();
        var conversation = new ControlConversation(session ?? _session, _time);
        return (client, ServeAsync());

        async Task ServeAsync()
        {
            await using (server)
                await conversation.ServeAsync(server, default, refusal, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<ControlAnswer> AnswerAsync(Stream client)
    {
        var line = await ControlLine
            .ReadAsync(client, ControlProtocol.MaxAnswer, TestContext.Current.CancellationToken)
            .WaitAsync(Limit, TestContext.Current.CancellationToken);
        return JsonSerializer.Deserialize(line!.Value.Span, ControlJsonContext.Default.ControlAnswer)!;
    }
}
