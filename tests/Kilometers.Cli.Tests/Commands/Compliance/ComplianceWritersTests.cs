using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kilometers.Cli.Commands.Compliance;

namespace Kilometers.Cli.Tests.Commands.Compliance;

public sealed partial class ComplianceWritersTests : IDisposable
{
    private readonly RecordedHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(200)]
    public void View_AnyWidth_Fits(int width)
    {
        var name = new string('s', 150);
        var report = Hostile()
            .Start("long", name)
            .Lists("long", "a", name)
            .Lists("long", "b", name)
            .Finds("long", "GRD_SEC_001", name, name)
            .Stop("long", name)
            .Report();
        var lines = new ComplianceView(width, false, "...").Format(report).ToList();
        Assert.DoesNotContain(lines, line => line.Length > width);
        Assert.StartsWith(
            "The audit log is intact:",
            lines.First(line => !line.StartsWith(' ') && line != lines[0]),
            StringComparison.Ordinal
        );
        var text = string.Join('\n', lines);
        Assert.DoesNotContain('\u202e', text);
        Assert.Contains("CC8.1", text, StringComparison.Ordinal);
        Assert.Contains("NOT SHOWN", text, StringComparison.Ordinal);

        // What matters is there at any width: what became of changes, and the hashes.
        Assert.Contains("STATE", lines[lines.IndexOf("CHANGES OF DEFINITIONS") + 1], StringComparison.Ordinal);
        Assert.Contains("WHY", lines[lines.IndexOf("DENIALS") + 1], StringComparison.Ordinal);
        Assert.Contains(report.Proof.Last!.Hash, text.Replace("\n  ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void View_ManyRows_AreCutAndCounted()
    {
        for (var session = 0; session < 30; session++)
            _home.Start($"s{session}", plugins: "off");
        Assert.Contains("and 40 more, see --json", new ComplianceView(null, false, "...").Format(_home.Report()));
    }

    [Fact]
    public void Page_OfHostileNames_HasNoMarkupOfTheirsAndLoadsNothing()
    {
        var page = CompliancePage.Make(Hostile().Report());
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("&#233;", page, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(page));
        var style = Style().Match(page).Groups[1].Value;
        var digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"default-src 'none'; style-src 'sha256-{digest}'", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(
            @"(?i)\b(src|href|url|import|style)\s*=|url\(|@import|https?:",
            page.Replace("http-equiv=", "", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Sarif_EachResult_HasARuleAPlaceAndAFingerprint()
    {
        using var document = Sarif(Hostile().Report());
        var run = document.RootElement.GetProperty("runs")[0];
        var rules = run.GetProperty("tool")
            .GetProperty("driver")
            .GetProperty("rules")
            .EnumerateArray()
            .Select(rule => Text(rule, "id"))
            .ToList();
        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(rules.Distinct().Order(StringComparer.Ordinal), rules);
        Assert.Equal(rules, results.Select(result => Text(result, "ruleId")).Distinct().Order(StringComparer.Ordinal));
        Assert.All(results, result =>
        {
            Assert.Contains(Text(result, "level"), (string[])["error", "warning", "note"]);
            var place = result.GetProperty("locations")[0];
            Assert.Equal("mcp-server", Text(place.GetProperty("physicalLocation").GetProperty("artifactLocation"), "uri"));
            Assert.NotEmpty(Text(place.GetProperty("logicalLocations")[0], "name"));
            Assert.Equal(32, Text(result.GetProperty("partialFingerprints"), "km/v1").Length);
        });
        Assert.Equal(
            results.Count,
            results.Select(result => Text(result, "ruleId") + Text(result.GetProperty("partialFingerprints"), "km/v1")).Distinct().Count()
        );
        var accepted = results
            .Where(result => Text(result, "ruleId") == "GRD_DEF_001" && Text(result.GetProperty("properties"), "handling") == "approved")
            .Select(result => result.GetProperty("suppressions")[0])
            .Single();
        Assert.Equal(("external", "accepted"), (Text(accepted, "kind"), Text(accepted, "status")));
        Assert.StartsWith($"approved: {_home.User}, 2026-11-12", Text(accepted, "justification"), StringComparison.Ordinal);
        Assert.Equal("intact", Text(run.GetProperty("properties"), "auditLog"));
    }

    [Fact]
    public void Sarif_ADamagedLog_IsAnErrorAndTheFirstResult()
    {
        _home.WithAll();
        File.WriteAllText(_home.Log, File.ReadAllText(_home.Log).Replace("node", "nade", StringComparison.Ordinal));
        using var document = Sarif(_home.Report());
        var first = document.RootElement.GetProperty("runs")[0].GetProperty("results")[0];
        Assert.Equal(("AUD_LOG_002", "error"), (Text(first, "ruleId"), Text(first, "level")));
    }

    [Fact]
    public void Json_Members_AreThoseOfTheDocument()
    {
        using var document = JsonDocument.Parse(
            JsonSerializer.Serialize(_home.WithAll().Report(), ComplianceJson.Default.ComplianceReport)
        );
        Assert.Equal(
            [
                "version",
                "period",
                "proof",
                "coverage",
                "servers",
                "clients",
                "plugins",
                "connections",
                "sessions",
                "gaps",
                "decisions",
                "approvals",
                "pinned",
                "changes",
                "findings",
                "denials",
                "controls",
                "limits",
            ],
            document.RootElement.EnumerateObject().Select(member => member.Name)
        );
        var change = document.RootElement.GetProperty("changes")[0];
        Assert.Equal(("tool", "changed", "approved"), (Text(change, "kind"), Text(change, "what"), Text(change, "handling")));
        Assert.Equal("high", Text(document.RootElement.GetProperty("findings")[0], "severity"));
    }

    private RecordedHome Hostile()
    {
        _home.WithAll().Start("bad", RecordedHome.Hostile, command: RecordedHome.Hostile);
        return _home
            .Lists("bad", "a", RecordedHome.Hostile)
            .Lists("bad", RecordedHome.Hostile, RecordedHome.Hostile)
            .Finds("bad", subject: RecordedHome.Hostile, server: RecordedHome.Hostile, evidence: RecordedHome.Hostile)
            .Lists("bad", "a", RecordedHome.Hostile)
            .Approve(server: "files");
    }

    private static JsonDocument Sarif(ComplianceReport report)
    {
        using var stream = new MemoryStream();
        ComplianceSarif.Write(report, stream);
        return JsonDocument.Parse(stream.ToArray());
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
