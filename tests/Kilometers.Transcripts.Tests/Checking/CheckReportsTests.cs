using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Kilometers.Transcripts.Checking;

namespace Kilometers.Transcripts.Tests.Checking;

public sealed class CheckReportsTests
{
    private static readonly CheckReport Report = new(
        Sessions.Hostile,
        "2025-11-25",
        [
            new CheckResult("list", "answers its lists", [], TimeSpan.FromMilliseconds(1500)),
            new CheckResult("no-noise", "writes only JSON-RPC", ["not JSON-RPC: \u0007 ]]> " + Sessions.Hostile, "second"], TimeSpan.Zero),
            new CheckResult("end", "ends", [], TimeSpan.Zero, IsSkipped: true),
        ]
    );

    [Fact]
    public void WriteJUnit_AnyText_IsWellFormed()
    {
        using var stream = new MemoryStream();
        CheckReports.WriteJUnit(Report, stream);
        var suite = XDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).Root!.Element("testsuite")!;
        Assert.Equal(
            ("3", "1", "1"),
            ((string?)suite.Attribute("tests"), (string?)suite.Attribute("failures"), (string?)suite.Attribute("skipped"))
        );
        var cases = suite.Elements("testcase").ToList();
        Assert.Equal("1.500", (string?)cases[0].Attribute("time"));
        Assert.Equal(Report.Results[1].Problems[0].Replace('\u0007', '\ufffd'), (string?)cases[1].Element("failure")!.Attribute("message"));
        Assert.NotNull(cases[2].Element("skipped"));
    }

    [Fact]
    public void WriteSarif_EachProblem_IsAResultOfARule()
    {
        using var stream = new MemoryStream();
        CheckReports.WriteSarif(Report, "1.0.0", stream);
        using var document = JsonDocument.Parse(stream.ToArray());
        var run = document.RootElement.GetProperty("runs")[0];
        Assert.Equal(
            ["no-noise", "no-noise"],
            run.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("ruleId").GetString())
        );
        Assert.Equal(3, run.GetProperty("tool").GetProperty("driver").GetProperty("rules").GetArrayLength());
        Assert.Equal("2.1.0", document.RootElement.GetProperty("version").GetString());
    }

    [Theory]
    [InlineData("""{"inputSchema":{"type":"object"}}""")]
    [InlineData(
        """{"inputSchema":{"type":"object","properties":{"a":{"type":["string","null"],"enum":["x"]},"b":true},"required":["a"]}}"""
    )]
    [InlineData(
        """{"inputSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"anyOf":[{"type":"string"},{"type":"array","items":{}}]}}}}"""
    )]
    [InlineData("""{"inputSchema":{"type":"object"},"outputSchema":{"type":"object","additionalProperties":{"type":"number"}}}""")]
    public void Problems_AValidTool_HasNone(string definition) => Assert.Empty(Problems(definition));

    [Theory]
    [InlineData("{}", "it has no inputSchema")]
    [InlineData("""{"inputSchema":[]}""", "inputSchema is not an object")]
    [InlineData("""{"inputSchema":{}}""", "inputSchema.type is not \"object\"")]
    [InlineData("""{"inputSchema":{"type":"string"}}""", "inputSchema.type is not \"object\"")]
    [InlineData("""{"inputSchema":{"type":"object"},"description":1}""", "description is not a text")]
    [InlineData("""{"inputSchema":{"type":"object","properties":[]}}""", "inputSchema.properties is not an object of schemas")]
    [InlineData(
        """{"inputSchema":{"type":"object","properties":{"a":{"type":"text"}}}}""",
        "inputSchema.properties.a.type is not a type of JSON Schema"
    )]
    [InlineData("""{"inputSchema":{"type":"object","properties":{"a":1}}}""", "inputSchema.properties.a is not a schema")]
    [InlineData("""{"inputSchema":{"type":"object","required":"a"}}""", "inputSchema.required is not an array of names")]
    [InlineData(
        """{"inputSchema":{"type":"object","properties":{},"required":["a"]}}""",
        "inputSchema.required names a, which properties does not have"
    )]
    [InlineData(
        """{"inputSchema":{"type":"object","properties":{"a":{"enum":[]}}}}""",
        "inputSchema.properties.a.enum is not an array of values"
    )]
    [InlineData(
        """{"inputSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}}}}""",
        "inputSchema.properties.a.$ref leads nowhere"
    )]
    [InlineData("""{"inputSchema":{"type":"object","allOf":{}}}""", "inputSchema.allOf is not an array of schemas")]
    [InlineData("""{"inputSchema":{"type":"object"},"outputSchema":{"type":"array"}}""", "outputSchema.type is not \"object\"")]
    public void Problems_AnInvalidTool_SaysWhere(string definition, string expected) =>
        Assert.EndsWith(expected, Assert.Single(Problems(definition)), StringComparison.Ordinal);

    private static IEnumerable<string> Problems(string definition) => SchemaRules.Problems("tool", "t", JsonElement.Parse(definition));
}
