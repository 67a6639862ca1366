using System.Globalization;
using System.Text;
using Kilometers.Rules.Reading;

namespace Kilometers.Rules.Tests;

public sealed class RuleEvaluatorTests
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 30, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"when":{"tools":["delete_*"]}}""", "delete_file", """{"path":"/a"}""", true)]
    [InlineData("""{"when":{"tools":["delete_*"]}}""", "read_file", """{"path":"/a"}""", false)]
    [InlineData("""{"when":{"servers":["files"],"methods":["tools/*"]}}""", "read_file", "{}", true)]
    [InlineData("""{"when":{"servers":["git-*"]}}""", "read_file", "{}", false)]
    [InlineData("""{"when":{"arguments":{"/path":["/etc/*"]}}}""", "read_file", """{"path":"/etc/passwd"}""", true)]
    [InlineData("""{"when":{"arguments":{"/path":["/etc/*"]}}}""", "read_file", """{"path":"/etcetera"}""", false)]
    [InlineData(
        """{"when":{"arguments":{"/edits/*/text":["*secret*"]}}}""",
        "edit",
        """{"edits":[{"text":"a"},{"text":"my secret"}]}""",
        true
    )]
    [InlineData("""{"when":{"arguments":{"/**":["rm -rf *"]}}}""", "run", """{"a":[{"b":{"c":"rm -rf /"}}]}""", true)]
    [InlineData("""{"when":{"arguments":{"/force":["true"]}}}""", "push", """{"force":true}""", true)]
    [InlineData("""{"when":{"arguments":{"/q":[{"matches":"(?i)drop\\s+table"}]}}}""", "query", """{"q":"DROP  TABLE x"}""", true)]
    [InlineData("""{"when":{"hosts":["*.internal"]}}""", "fetch", """{"url":"https://db.internal:8443/x"}""", true)]
    [InlineData(
        """{"when":{"hosts":["*"]},"unless":{"hosts":["*.example.com"]}}""",
        "fetch",
        """{"url":"https://api.example.com/x"}""",
        false
    )]
    [InlineData("""{"unless":{"tools":["read_*"]}}""", "write_file", "{}", true)]
    [InlineData("""{"unless":{"tools":["read_*"]}}""", "read_file", "{}", false)]
    public void Evaluate_ARule_ForbidsWhatItSays(string rule, string tool, string arguments, bool isViolated) =>
        Assert.Equal(isViolated, Evaluate(rule, tool, arguments) is not null);

    [Theory]
    // The path has other spellings.
    [InlineData("""{"when":{"arguments":{"/path":["/etc/*"]}}}""", """{"path":"/srv/../etc/passwd"}""")]
    [InlineData("""{"when":{"arguments":{"/path":["/etc/*"]}}}""", """{"path":"//etc/./passwd"}""")]
    [InlineData("""{"unless":{"arguments":{"/path":["/srv/*"]}}}""", """{"path":"/srv/../etc/passwd"}""")]
    [InlineData("""{"unless":{"arguments":{"/path":["file:///srv/*"]}}}""", """{"path":"file:///srv/%2e%2e/etc/passwd"}""")]
    // Not every value is allowed, or there is none.
    [InlineData("""{"unless":{"arguments":{"/paths/*":["/srv/*"]}}}""", """{"paths":["/srv/a","/etc/passwd"]}""")]
    [InlineData("""{"unless":{"arguments":{"/path":["/srv/*"]}}}""", """{"paths":["/srv/a"]}""")]
    // The same name twice: who acts on it may take either.
    [InlineData("""{"unless":{"arguments":{"/path":["/srv/*"]}}}""", """{"path":"/etc/passwd","path":"/srv/a"}""")]
    // The host is not what it looks like.
    [InlineData("""{"unless":{"hosts":["good.example"]}}""", """{"url":"https://good.example@evil.example/"}""")]
    [InlineData("""{"unless":{"hosts":["good.example"]}}""", """{"url":"https://evil.example\\.good.example/"}""")]
    [InlineData("""{"unless":{"hosts":["good.example"]}}""", """{"text":"see https://good.example and https://evil.example"}""")]
    [InlineData("""{"when":{"hosts":["evil.example"]}}""", """{"url":"HTTPS://EVIL.example.:443/"}""")]
    [InlineData("""{"when":{"hosts":["::1"]}}""", """{"url":"http://[::1]:80/"}""")]
    public void Evaluate_AWayAround_IsAViolation(string rule, string arguments) => Assert.NotNull(Evaluate(rule, "tool", arguments));

    [Theory]
    [InlineData("""{"when":{"arguments":{"/path":["/etc/*"]}}}""", """{"path":"/etc/passwd"}""", "/path = /etc/passwd")]
    [InlineData("""{"unless":{"hosts":["good.example"]}}""", """{"url":"https://evil.example/x"}""", "host evil.example")]
    [InlineData("""{"when":{"tools":["run"]}}""", "{}", "tools/call run")]
    public void Evaluate_AViolation_HasEvidence(string rule, string arguments, string evidence)
    {
        var violation = Evaluate(rule, "run", arguments);
        Assert.Equal((evidence, true), (violation?.Evidence, violation?.IsCertain));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{\"params\":{\"arguments\":{\"path\":\"/et")]
    [InlineData("{\"params\":{\"arguments\":{\"path\":\"\\ud800\"}}}")]
    [InlineData("{\"params\":{\"arguments\":{\"path\":\"/etc/passwd\"},\"arguments\":{}}}")]
    public void Evaluate_WhatCannotBeRead_IsAnUncertainViolation(string? message)
    {
        var evaluator = new RuleEvaluator(Rules("""{"when":{"tools":["run"],"arguments":{"/path":["/etc/*"]}}}"""));
        var request = Request("run", message is null ? null : Encoding.UTF8.GetBytes(message), Monday);
        Assert.False(evaluator.Evaluate(request)?.IsCertain ?? true);
        Assert.Null(evaluator.Evaluate(Request("other", null, Monday)));
    }

    [Fact]
    public void Evaluate_MoreThanTheRate_IsAViolationUntilTimeHasPassed()
    {
        var evaluator = new RuleEvaluator(Rules("""{"when":{"tools":["send"]},"rate":{"calls":2,"per":"1m"}}"""));
        bool At(int second, string tool = "send") =>
            evaluator.Evaluate(Request(tool, "{}"u8.ToArray(), Monday.AddSeconds(second))) is not null;
        Assert.Equal([false, false, false, true, true, false], [At(0), At(1, "other"), At(10), At(20), At(59), At(60)]);
    }

    [Fact]
    public void Evaluate_SeveralRules_NamesTheFirstAndCountsForAll()
    {
        var evaluator = new RuleEvaluator(Rules("""{"when":{"tools":["a"]}}""", """{"rate":{"calls":1,"per":"1h"}}"""));
        Assert.Equal("r0", evaluator.Evaluate(Request("a", "{}"u8.ToArray(), Monday))?.Rule.Name);
        Assert.Equal("r1", evaluator.Evaluate(Request("b", "{}"u8.ToArray(), Monday))?.Rule.Name);
    }

    [Theory]
    [InlineData("a", "r0")]
    [InlineData("b", "r2")]
    [InlineData("c", null)]
    public void Evaluate_SeveralRules_NamesOneThatDeniesBeforeOneThatReports(string tool, string? expected)
    {
        var rules = Rules(
            """{"when":{"tools":["a","b"]}}""",
            """{"when":{"tools":["b"]}}""",
            """{"action":"deny","when":{"tools":["b"]}}""",
            """{"action":"deny","when":{"tools":["b"]}}"""
        );
        Assert.Equal(expected, new RuleEvaluator(rules).Evaluate(Request(tool, "{}"u8.ToArray(), Monday))?.Rule.Name);
    }

    [Theory]
    [InlineData("2026-11-30T08:00:00Z", true)]
    [InlineData("2026-11-30T17:59:59Z", true)]
    [InlineData("2026-11-30T18:00:00Z", false)]
    [InlineData("2026-11-29T12:00:00Z", false)]
    public void Evaluate_Times_AreOfTheirDays(string time, bool isWithin) =>
        Assert.Equal(isWithin, At(time, """{"when":{"times":[{"days":["mon"],"from":"08:00","to":"18:00","zone":"UTC"}]}}"""));

    [Theory]
    [InlineData("2026-11-27T23:00:00Z", true)]
    [InlineData("2026-11-28T05:59:00Z", true)]
    [InlineData("2026-11-28T23:00:00Z", false)]
    [InlineData("2026-11-27T05:00:00Z", false)]
    public void Evaluate_TimesOverMidnight_BelongToTheDayTheyBeginOn(string time, bool isWithin) =>
        Assert.Equal(isWithin, At(time, """{"when":{"times":[{"days":["fri"],"from":"22:00","to":"06:00","zone":"UTC"}]}}"""));

    private static bool At(string time, string rule) =>
        new RuleEvaluator(Rules(rule)).Evaluate(Request("run", "{}"u8.ToArray(), DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)))
            is not null;

    private static RuleViolation? Evaluate(string rule, string tool, string arguments) =>
        new RuleEvaluator(Rules(rule)).Evaluate(
            Request(
                tool,
                Encoding.UTF8.GetBytes($$$"""{"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}"""),
                Monday
            )
        );

    private static GuardedRequest Request(string tool, byte[]? message, DateTimeOffset time) =>
        new()
        {
            Server = "files",
            Method = "tools/call",
            Name = tool,
            Time = time,
            Message = message is null ? null : (ReadOnlyMemory<byte>?)message,
        };

    private static RuleSet Rules(params string[] rules)
    {
        var named = rules.Select((rule, index) => $$"""{"name":"r{{index}}",{{rule[1..]}}""");
        var file = RuleFile.Read(Encoding.UTF8.GetBytes($$"""{"version":1,"rules":[{{string.Join(',', named)}}]}"""));
        Assert.Empty(file.Mistakes);
        return file.Rules!;
    }
}
