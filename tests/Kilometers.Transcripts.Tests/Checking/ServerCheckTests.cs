using Kilometers.Transcripts.Checking;

namespace Kilometers.Transcripts.Tests.Checking;

public sealed class ServerCheckTests
{
    private const string Tools =
        """{"tools":[{"name":"read","inputSchema":{"type":"object"}},{"name":"delete_all","inputSchema":{"type":"object"}}]}""";

    [Fact]
    public async Task RunAsync_ASoundServer_PassesEverything()
    {
        var report = await CheckAsync(new CheckOptions { ExpectedTools = ["read"], ForbiddenTools = ["write*"] }, Sound());
        Assert.All(report.Results, result => Assert.Empty(result.Problems));
        Assert.True(report.IsPassed);
        Assert.Equal(("scripted 1", "2025-11-25"), (report.Server, report.Protocol));
        Assert.Equal(
            ["initialize", "list", "schemas", "expected-tools", "forbidden-tools", "no-noise", "end"],
            report.Results.Select(result => result.Id)
        );
    }

    [Fact]
    public async Task RunAsync_AServerOf2026_IsAskedAsOne()
    {
        var report = await CheckAsync(
            new CheckOptions { ExpectedTools = ["read"] },
            ScriptedServer.Of(
                ("server/discover", """{"resultType":"complete","capabilities":{"tools":{}},"serverInfo":{"name":"modern"}}"""),
                (
                    "tools/list",
                    "!case \"$line\" in *clientCapabilities*) printf '{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\\n' \"$id\" '"
                        + Tools
                        + "' ;; esac"
                )
            )
        );
        Assert.All(report.Results, result => Assert.Empty(result.Problems));
        Assert.Equal(("modern", "2026-07-28"), (report.Server, report.Protocol));
    }

    [Fact]
    public async Task RunAsync_WhatIsNotAsExpected_IsNamed()
    {
        var report = await CheckAsync(
            new CheckOptions
            {
                ExpectedTools = ["read", "search"],
                ForbiddenTools = ["delete_*"],
                MaxDuration = TimeSpan.Zero,
                Baseline = Listing("""{"tools":[{"name":"read","description":"x","inputSchema":{"type":"object"}}]}"""),
            },
            Sound()
        );
        Assert.False(report.IsPassed);
        Assert.Equal(["tool search is missing"], Problems(report, "expected-tools"));
        Assert.Equal(["tool delete_all is forbidden"], Problems(report, "forbidden-tools"));
        Assert.Equal(2, Problems(report, "duration").Count);
        Assert.Equal(["tool delete_all was added", "tool read changed: description: \"x\" → (none)"], Problems(report, "no-drift"));
    }

    [Fact]
    public async Task RunAsync_NoiseAndABadEnd_AreFaults()
    {
        var report = await CheckAsync(
            new CheckOptions(),
            ScriptedServer.Of(("initialize", ScriptedServer.Initialized), ("tools/list", "!echo loading; exit 3"))
        );
        Assert.Equal(["not JSON-RPC: loading"], Problems(report, "no-noise"));
        Assert.Equal(["tools/list: the server ended without an answer"], Problems(report, "list"));
        Assert.Equal(["it ended with exit code 3"], Problems(report, "end"));
    }

    [Fact]
    public async Task RunAsync_AServerThatEndsAtOnce_IsShownWithItsLastWords()
    {
        var report = await CheckAsync(new CheckOptions { ExpectedTools = ["x"] }, ["/bin/sh", "-c", "echo 'no key' >&2; exit 1"]);
        Assert.Contains("standard error: no key", Problems(report, "initialize"));
        Assert.True(report.Results.Single(result => result.Id == "expected-tools").IsSkipped);
        Assert.False(report.IsPassed);
    }

    [Theory]
    [InlineData("exec sleep 1000", null)]
    [InlineData("trap '' TERM; while :; do sleep 1; done", "it ended neither when its input ended nor at SIGTERM, and was killed")]
    public async Task RunAsync_AServerThatIgnoresTheEndOfItsInput_MustHeedSigterm(string then, string? problem)
    {
        var server = Sound();
        var report = await CheckAsync(new CheckOptions(), [server[0], server[1], $"{server[2]}\n{then}"]);
        Assert.Equal(problem is null ? [] : [problem], Problems(report, "end"));
    }

    [Fact]
    public async Task RunAsync_PagesWithoutEnd_AreFound()
    {
        var report = await CheckAsync(
            new CheckOptions(),
            ScriptedServer.Of(("initialize", ScriptedServer.Initialized), ("tools/list", """{"tools":[],"nextCursor":"again"}"""))
        );
        Assert.Equal(["tools/list: its pages do not end, a cursor came again"], Problems(report, "list"));
    }

    [Fact]
    public async Task RunAsync_RecordedCalls_AreAskedAgain()
    {
        var initialize = Sessions.Request(1, "initialize", "", "{}");
        var same = Sessions.Request(3, "same", "", "{}");
        var other = Sessions.Request(5, "other", "", "{}");
        var gone = Sessions.Request(7, "gone", "", "{}");
        var session = Sessions.Of([
            initialize,
            Sessions.Response(initialize, ScriptedServer.Initialized),
            same,
            Sessions.Response(same, """{"a":1}"""),
            other,
            Sessions.Response(other, """{"a":1}"""),
            gone,
            Sessions.Response(gone, """{"a":1}"""),
        ]);
        var report = await CheckAsync(
            new CheckOptions { Replay = session, IsIgnored = path => path == "time" },
            ScriptedServer.Of(
                ("initialize", ScriptedServer.Initialized),
                ("tools/list", Tools),
                ("same", """{"a":1,"time":7}"""),
                ("other", """{"a":2}"""),
                ("gone", "!exit 0")
            )
        );
        Assert.Equal(["other (call 3): a: 1 → 2", "gone (call 4): an answer → the server ended"], Problems(report, "replay"));
    }

    private static string[] Sound() => ScriptedServer.Of(("initialize", ScriptedServer.Initialized), ("tools/list", Tools));

    private static Transcript Listing(string result)
    {
        var request = Sessions.Request(1, "tools/list", "", "{}");
        return Sessions.Of([request, Sessions.Response(request, result)]);
    }

    private static IReadOnlyList<string> Problems(CheckReport report, string id) =>
        report.Results.Single(result => result.Id == id).Problems;

    private static Task<CheckReport> CheckAsync(CheckOptions options, string[] server) =>
        new ServerCheck(options, "1.0.0", TimeProvider.System).RunAsync(server, TestContext.Current.CancellationToken);
}
