using System.Globalization;
using System.Text;
using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Guard.Policy;
using Kilometers.Plugins.Guard.Stopping;
using Kilometers.Rules.Reading;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Plugins.Guard.Tests.Stopping;

public sealed class DeniedByRuleTests : IDisposable
{
    private const string NoEtc =
        """{"name":"no-etc","description":"Not ours.","action":"deny","when":{"arguments":{"/path":["/etc/*"]}}}""";
    private const string NoVar = """{"name":"no-var","when":{"arguments":{"/path":["/var/*"]}}}""";
    private const string Few = """{"name":"few","action":"deny","when":{"tools":["send"]},"rate":{"calls":2,"per":"1h"}}""";
    private const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly InstalledRules _installed;
    private readonly SessionRules _rules;
    private readonly DeniedByRule _verdicts;
    private bool _isIncluded = true;

    public DeniedByRuleTests()
    {
        _installed = new InstalledRules(_folder.Path, _time);
        _rules = new SessionRules("files", _installed, () => _isIncluded, _time);
        _verdicts = new DeniedByRule(_rules, SecretMasker.Redact);
    }

    private string RulesFile => Path.Combine(_folder.Path, RuleFile.Name);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Decide_ByRules_StopsWhatADenyingOneForbids()
    {
        Install(NoVar, NoEtc);
        Assert.Same(Verdict.Allow, Call("/srv/a"));
        Assert.Same(Verdict.Allow, Call("/var/a"));
        Assert.Equal("it violates the rule 'no-etc': Not ours. (/path = /etc/passwd) [GRD_RUL_004]", Call("/etc/passwd").Reason);
        Assert.DoesNotContain("0123456789abc", Call($"/etc/{Secret}").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_WhatCannotBeReadAsAWhole_IsStopped()
    {
        Install(NoEtc);
        var verdict = Decide("read", """{"params":{"arguments":{"path":"\ud800"}}}""");
        Assert.Contains("it may violate the rule 'no-etc'", verdict.Reason, StringComparison.Ordinal);
        Assert.Contains("could not be read as a whole", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_ARequestWithoutAnId_IsStoppedAsOneWith()
    {
        Install(NoEtc);
        Assert.NotSame(Verdict.Allow, Decide("read", Message("/etc/passwd"), id: ""));
        Assert.Same(Verdict.Allow, Decide("read", Message("/etc/passwd"), id: "", method: "notifications/progress"));
    }

    [Fact]
    public void Decide_ChangedRules_CountAtOnce()
    {
        Assert.Same(Verdict.Allow, Call("/etc/passwd"));
        Install(NoEtc);
        Assert.NotSame(Verdict.Allow, Call("/etc/passwd"));
        File.Delete(RulesFile);
        Assert.Same(Verdict.Allow, Call("/etc/passwd"));
    }

    [Fact]
    public void Decide_WithoutTheSubscription_IsLeftToThePolicyIfARuleDenies()
    {
        _isIncluded = false;
        Install(NoVar);
        Assert.Same(Verdict.Allow, Call("/var/a"));
        Install(NoEtc);
        Assert.Throws<InvalidOperationException>(() => Call("/srv/a"));
    }

    [Fact]
    public void Decide_AFileThatCannotBeUsed_LeavesTheRulesThatWereThereOrThePolicy()
    {
        File.WriteAllText(RulesFile, "{");
        Assert.Throws<InvalidOperationException>(() => Call("/srv/a"));
        Install(NoEtc);
        Assert.NotSame(Verdict.Allow, Call("/etc/passwd"));
        File.WriteAllText(RulesFile, "{");
        Assert.NotSame(Verdict.Allow, Call("/etc/passwd"));
        Assert.Same(Verdict.Allow, Call("/srv/a"));
    }

    [Fact]
    public void Decide_ARequestThatIsObservedAfterwards_CountsOnce()
    {
        Install(Few);
        for (var call = 1; call <= 2; call++)
        {
            Assert.Same(Verdict.Allow, Send(call));
            Assert.Null(Observe(call).Violation);
        }

        // The third is too much, as held and as observed; a request that nobody asked about counts when it is observed.
        Assert.NotSame(Verdict.Allow, Send(3));
        Assert.NotNull(Observe(3).Violation);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Null(Observe(4).Violation);
        Assert.Same(Verdict.Allow, Send(5));
        Assert.Null(Observe(5).Violation);
        Assert.NotSame(Verdict.Allow, Send(6));
    }

    [Fact]
    public void Decide_TheSameRequestAgain_CountsAgain()
    {
        Install(Few);
        Assert.Same(Verdict.Allow, Send(1));
        Assert.Same(Verdict.Allow, Send(1));
        Assert.NotSame(Verdict.Allow, Send(1));
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(_ => Observe(1).Violation is not null));
    }

    [Fact]
    public void Decide_WhatIsNeverObserved_IsForgottenSomeTime()
    {
        Install(Few);
        for (var call = 0; call <= SessionRules.MaxHeld; call++)
            Send(call);
        _time.Advance(TimeSpan.FromHours(2));

        // The first is decided about again, and the third still as it was.
        Assert.Null(Observe(0).Violation);
        Assert.NotNull(Observe(2).Violation);
    }

    private void Install(params string[] rules) =>
        File.WriteAllText(RulesFile, $$"""{"version":1,"rules":[{{string.Join(',', rules)}}]}""");

    private Verdict Call(string path) => Decide("read", Message(path));

    private static string Message(string path) => $$$$"""{"params":{"arguments":{"path":"{{{{path}}}}"}}}""";

    private Verdict Send(int id) => Decide("send", "{}", id.ToString(CultureInfo.InvariantCulture));

    private Verdict Decide(string tool, string message, string id = "1", string method = "tools/call") =>
        _verdicts.Decide(
            new HeldRequest
            {
                Method = method,
                Name = tool,
                Id = id,
                Payload = Encoding.UTF8.GetBytes(message),
            }
        );

    private RuleDecision Observe(int id) =>
        _rules.Find(
            new ObservedMessage
            {
                Direction = MessageDirection.Inbound,
                Kind = MessageKind.Request,
                Method = "tools/call",
                Name = "send",
                Id = id.ToString(CultureInfo.InvariantCulture),
                Time = _time.GetUtcNow(),
                Payload = "{}"u8.ToArray(),
            }
        );
}
