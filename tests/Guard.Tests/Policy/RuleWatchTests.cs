using System.Text;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Guard.Policy;
using Kilometers.Rules.Reading;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Plugins.Guard.Tests.Policy;

public sealed class RuleWatchTests : IDisposable
{
    private const string Rules =
        """{"version":1,"rules":[{"name":"no-etc","description":"Not ours.","severity":"high","when":{"arguments":{"/path":["/etc/*"]}}}]}""";
    private const string Secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly SessionRules _rules;
    private readonly RuleWatch _watch;
    private bool _isIncluded = true;

    public RuleWatchTests()
    {
        var installed = new InstalledRules(_folder.Path, _time);
        _rules = new SessionRules("files", installed, () => _isIncluded, _time);
        _watch = new RuleWatch(_rules, canStop: true, SecretMasker.Redact);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_WithoutRules_HasNothingToSay()
    {
        Assert.Empty(Find("/etc/passwd"));
        _isIncluded = false;
        Assert.Empty(Find("/etc/passwd"));
    }

    [Fact]
    public void Find_AViolation_IsAFindingWithMaskedEvidence()
    {
        Install(Rules);
        Assert.Equal([], Find("/home/a"));
        var line = Assert.Single(Find($"/etc/{Secret}"));
        Assert.StartsWith(
            "GRD_RUL_001 High tools/call 'read' violates the rule 'no-etc': Not ours. /path = /etc/ghp_",
            line,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("0123456789abc", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_WithoutTheSubscription_SaysThatRulesAreNotInForceUntilItIsBack()
    {
        Install(Rules);
        _isIncluded = false;
        Assert.StartsWith("GRD_RUL_003", Assert.Single(Find("/etc/passwd")), StringComparison.Ordinal);
        _isIncluded = true;
        Assert.StartsWith("GRD_RUL_001", Assert.Single(Find("/etc/passwd")), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_AFileThatBecomesInvalid_LeavesTheRulesAndSaysSo()
    {
        Install(Rules);
        Find("/etc/passwd");
        Install("{\n\"version\":1,\n\"rules\":[{\"name\":\"X\"}]}");
        var lines = Find("/etc/passwd");
        Assert.Equal(2, lines.Count);
        Assert.Contains(
            "GRD_RUL_002 High guard.json is not valid: the rules before the last change stay in force line 3: ",
            lines[0],
            StringComparison.Ordinal
        );
        Assert.StartsWith("GRD_RUL_001", lines[1], StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder.Path, RuleFile.Name));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(Find("/etc/passwd"));
    }

    [Fact]
    public void Find_AStoppedRequest_IsSaidToBe()
    {
        Install(Rules);
        Assert.StartsWith(
            "GRD_RUL_004 High tools/call 'read' violates the rule 'no-etc' and was stopped: Not ours.",
            Assert.Single(Find("/etc/passwd", isStopped: true)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Find_ARuleThatDenies_SaysWhatWasNotStoppedAndWhereNothingCanBe()
    {
        Install(Rules.Replace("\"when\"", "\"action\":\"deny\",\"when\"", StringComparison.Ordinal));
        Assert.Empty(Find("/srv/a"));
        Assert.StartsWith(
            "GRD_RUL_001 High tools/call 'read' violates the rule 'no-etc' and was not stopped: Not ours.",
            Assert.Single(Find("/etc/passwd")),
            StringComparison.Ordinal
        );
        var lines = Lines(new RuleWatch(_rules, canStop: false, SecretMasker.Redact), "/srv/a");
        Assert.StartsWith("GRD_RUL_005 Medium guard.json has rules that deny requests", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tools/call", true)]
    [InlineData("notifications/progress", false)]
    public void Find_ARequestWithoutAnId_IsOne(string method, bool isOne)
    {
        Install(Rules);
        Assert.Equal(isOne ? 1 : 0, Lines(_watch, "/etc/passwd", MessageKind.Notification, method).Count);
    }

    private void Install(string rules)
    {
        File.WriteAllText(Path.Combine(_folder.Path, RuleFile.Name), rules);
        _time.Advance(TimeSpan.FromSeconds(2));
    }

    private List<string> Find(string path, bool isStopped = false) => Lines(_watch, path, isStopped: isStopped);

    private static List<string> Lines(
        RuleWatch watch,
        string path,
        MessageKind kind = MessageKind.Request,
        string method = "tools/call",
        bool isStopped = false
    ) =>
        [
            .. watch
                .Find(
                    new ObservedMessage
                    {
                        Kind = kind,
                        Direction = MessageDirection.Inbound,
                        Method = method,
                        Name = "read",
                        Payload = Encoding.UTF8.GetBytes($$$$"""{"params":{"arguments":{"path":"{{{{path}}}}"}}}"""),
                        IsStopped = isStopped,
                    }
                )
                .Select(finding => $"{finding.Code} {finding.Severity} {finding.Subject} {finding.Summary} {finding.Evidence}"),
        ];
}
