using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Kilometers.Recordings;
using Kilometers.Transcripts.Replaying;

namespace Kilometers.Transcripts.Tests.Replaying;

public sealed class ReplayServerTests
{
    [Fact]
    public async Task RunAsync_TenThousandCalls_AnswersWithTheRecordedBytes()
    {
        var random = new Random(7);
        var calls = Enumerable
            .Range(0, 10_000)
            .Select(at =>
                (
                    $"tool-{at % 5}",
                    $$"""{"n":{{at / 2}},"text":"{{random.Next()}}"}""",
                    (string?)$$"""{ "content":[ {"type":"text", "text":"\u00e4 {{random.NextInt64()}}"}], "x":1.50e3 }"""
                )
            )
            .ToArray();
        var session = Sessions.Of(calls);
        var order = Enumerable.Range(0, calls.Length).ToArray();
        random.Shuffle(order);
        var requests = order.Select(at =>
            $$$"""{"params":{"arguments":{{{calls[at].Item2.Replace(",", " , ", StringComparison.Ordinal)}}},"name":"{{{calls[at].Item1}}}","_meta":{"progressToken":{{{at}}}}},"method":"tools/call","id":"c-{{{at}}}","jsonrpc":"2.0"}"""
        );
        var (answers, unexpected, progress) = await ReplayAsync(session, string.Concat(requests.Select(request => request + "\n")));
        Assert.Null(unexpected);
        Assert.Equal((10_000, 10_000), progress);
        Assert.Equal(
            Enumerable
                .Range(0, calls.Length)
                .Select(at => $$"""{"result":{{calls[at].Item3}},"jsonrpc":"2.0","id":"c-{{at}}"}""")
                .Order(StringComparer.Ordinal),
            answers.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task RunAsync_TheSameQuestionAgain_GetsTheNextAnswerAndThenTheLast()
    {
        var session = Sessions.Of(("count", "{}", "1"), ("count", "{}", "2"));
        var (answers, unexpected, _) = await ReplayAsync(session, Call(7, "count", "{}"), Call(8, "count", "{}"), Call(9, "count", "{}"));
        Assert.Null(unexpected);
        Assert.Equal(["1", "2", "2"], answers.OrderBy(Id).Select(answer => answer.Split("\"result\":")[1][..1]));
    }

    [Theory]
    [InlineData("""{"token":"***"}""", """{"token":"secret"}""", true)]
    [InlineData("""{"token":"***"}""", """{"token":17}""", true)]
    [InlineData("""{"url":"https://h/?key=***&x=1"}""", """{"url":"https://h/?key=abc&x=1"}""", true)]
    [InlineData("""{"url":"https://h/?key=***&x=1"}""", """{"url":"https://h/?key=abc&x=2"}""", false)]
    [InlineData("""{"token":"***","n":1}""", """{"token":"secret","n":2}""", false)]
    [InlineData("""{"token":"***"}""", """{}""", false)]
    [InlineData("""{"n":1,"m":{"a":2,"b":null}}""", """{"m":{"b":null,"a":2.0},"n":1.0}""", true)]
    [InlineData("""{"n":1}""", """{"n":"1"}""", false)]
    [InlineData("""{"text":"\u00e9"}""", """{"text":"é"}""", true)]
    public async Task RunAsync_Parameters_AreComparedByWhatTheyMean(string recorded, string asked, bool fits)
    {
        var (answers, unexpected, _) = await ReplayAsync(Sessions.Of(("ask", recorded, "1")), Call(5, "ask", asked));
        Assert.Equal(fits, unexpected is null);
        Assert.Contains(fits ? "\"result\":1" : "-32601", Assert.Single(answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ARequestThatWasNotRecorded_EndsWithTheDifferences()
    {
        var session = Sessions.Of(("sum", """{"a":1,"b":2}""", "3"), ("sum", """{"a":9,"b":9}""", "18"), ("echo", """{"a":1}""", "1"));
        var (answers, unexpected, _) = await ReplayAsync(
            session,
            Call(5, "sum", """{"a":1,"b":3,"c":null}"""),
            Call(6, "sum", """{"a":1,"b":2}""")
        );
        Assert.Single(answers);
        Assert.Equal("tools/call sum", unexpected!.Title);
        Assert.Equal(
            [
                "The nearest recorded request is number 1, tools/call sum. - is recorded, + is asked:",
                "- arguments.b: 2",
                "+ arguments.b: 3",
                "+ arguments.c: null",
            ],
            unexpected.Explanation
        );
        (_, unexpected, _) = await ReplayAsync(session, """{"jsonrpc":"2.0","id":1,"method":"prompts/list"}""");
        Assert.Equal(["No prompts/list was recorded.", "Recorded: tools/call"], unexpected!.Explanation);
    }

    [Fact]
    public async Task RunAsync_WhatWasAskedBeforeTheEnd_IsAnsweredFirst()
    {
        var (answers, unexpected, _) = await ReplayAsync(
            Sessions.Of(("sum", """{"a":1}""", "3"), ("echo", """{"a":1}""", "1")),
            Call(5, "sum", """{"a":1}"""),
            Call(6, "echo", """{"a":1}"""),
            Call(7, "echo", """{"a":2}""")
        );
        Assert.NotNull(unexpected);
        Assert.Equal(3, answers.Count);
        Assert.Contains("-32601", answers[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Probes_AreAnsweredThoughNotRecorded()
    {
        var (answers, unexpected, _) = await ReplayAsync(
            Sessions.Of(("ask", "{}", "1")),
            """{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{}}}""",
            """{"jsonrpc":"2.0","id":2,"method":"ping"}""",
            """{"jsonrpc":"2.0","id":3,"method":"subscriptions/listen","params":{"_meta":{}}}"""
        );
        Assert.Null(unexpected);
        Assert.Contains("-32601", answers[0], StringComparison.Ordinal);
        Assert.Equal("""{"jsonrpc":"2.0","id":2,"result":{}}""", answers[1]);
        Assert.Contains("-32601", answers[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ABatch_IsAnsweredElementByElement()
    {
        var (answers, unexpected, _) = await ReplayAsync(
            Sessions.Of(("ask", "{}", "1")),
            $"[{Call(5, "ask", "{}")},{Call(6, "ask", "{}")}]"
        );
        Assert.Null(unexpected);
        Assert.Equal(2, answers.Count);
    }

    [Fact]
    public async Task RunAsync_RequestsOfTheServer_AreAnsweredBeforeItAnswers()
    {
        var call = Sessions.Request(1, "tools/call", "ask", """{"name":"ask","_meta":{"progressToken":"old"}}""");
        var progress = Sessions.Request(
            2,
            "notifications/progress",
            "",
            """{"progressToken":"old","progress":1}""",
            RecordedDirection.Out
        ) with
        {
            Kind = RecordedKind.Notification,
            CorrelationId = "",
        };
        var sampling = Sessions.Request(3, "sampling/createMessage", "", "{}", RecordedDirection.Out);
        var sampled = Sessions.Response(sampling, "{}");
        var answer = Sessions.Response(call, "\"done\"") with { Sequence = 5 };
        var session = Sessions.Of([call, progress, sampling, sampled, answer]);

        var input = new Pipe();
        var output = new Pipe();
        using var server = new ReplayServer(session, new ReplayPace(TimeProvider.System) { Speed = null });
        var running = server.RunAsync(input.Reader.AsStream(), output.Writer.AsStream(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(output.Reader.AsStream());
        await SendAsync(input, """{"jsonrpc":"2.0","id":40,"method":"tools/call","params":{"name":"ask","_meta":{"progressToken":77}}}""");
        Assert.Contains(
            "\"progressToken\":77",
            await reader.ReadLineAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        Assert.Equal(
            Encoding.UTF8.GetString(sampling.Payload!.Value.Span),
            await reader.ReadLineAsync(TestContext.Current.CancellationToken)
        );
        var last = reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(last.IsCompleted);
        await SendAsync(input, """{"jsonrpc":"2.0","id":3,"result":{}}""");
        Assert.Equal("""{"result":"done","jsonrpc":"2.0","id":40}""", await last);
        await input.Writer.CompleteAsync();
        Assert.Null(await running);
    }

    [Fact]
    public async Task RunAsync_AContinuedCall_GetsEachPartOfItsAnswer()
    {
        var first = Sessions.Request(1, "tools/call", "ask", """{"name":"ask"}""");
        var second = Sessions.Request(3, "tools/call", "ask", """{"name":"ask","requestState":"s1","inputResponses":{"a":1}}""") with
        {
            RetryOf = "1",
            CorrelationId = "1",
        };
        var session = Sessions.Of([
            first,
            Sessions.Response(first, """{"resultType":"input_required","requestState":"s1"}"""),
            second,
            Sessions.Response(second, """{"resultType":"complete"}"""),
        ]);
        Assert.Single(session.Calls);
        var (answers, unexpected, _) = await ReplayAsync(
            session,
            """{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"ask"}}""",
            """{"jsonrpc":"2.0","id":"y","method":"tools/call","params":{"name":"ask","requestState":"s1","inputResponses":{"a":1}}}"""
        );
        Assert.Null(unexpected);
        Assert.Equal(2, answers.Count);
        Assert.Contains(answers, answer =>
            answer.Contains("complete", StringComparison.Ordinal) && answer.Contains("\"y\"", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task RunAsync_BytesOfAnyKind_NeverThrow()
    {
        var random = new Random(3);
        var sound = Encoding.UTF8.GetBytes(Call(5, "ask", """{"a":[1,"x"]}"""));
        for (var round = 0; round < 500; round++)
        {
            var broken = sound.ToArray();
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            using var server = new ReplayServer(
                Sessions.Of(("ask", """{"a":[1,"***"]}""", "1")),
                new ReplayPace(TimeProvider.System) { Speed = null }
            );
            using var output = new MemoryStream();
            await server.RunAsync(new MemoryStream(broken), output, TestContext.Current.CancellationToken);
        }
    }

    private static int Id(string answer) => int.Parse(answer.Split("\"id\":")[1].TrimEnd('}'), CultureInfo.InvariantCulture);

    private static string Call(int id, string tool, string arguments) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}} }""";

    private static async Task SendAsync(Pipe pipe, string line) =>
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);

    private static async Task<(List<string> Answers, UnexpectedRequest? Unexpected, (int, int) Progress)> ReplayAsync(
        Transcript session,
        params string[] lines
    )
    {
        using var server = new ReplayServer(session, new ReplayPace(TimeProvider.System) { Speed = null });
        using var output = new MemoryStream();
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var unexpected = await server.RunAsync(input, output, TestContext.Current.CancellationToken);
        return (
            [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)],
            unexpected,
            server.Progress
        );
    }
}
