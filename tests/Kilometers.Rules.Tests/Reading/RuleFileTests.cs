using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Rules.Reading;

namespace Kilometers.Rules.Tests.Reading;

public sealed class RuleFileTests
{
    [Theory]
    [InlineData(
        "{\n  \"version\": 1,\n  \"rules\": [\n    { \"name\": \"a\", \"wen\": {} }\n  ]\n}",
        4,
        20,
        "/rules/0/wen",
        RuleMistakeKind.Unknown
    )]
    [InlineData("{\"version\":1,\"rules\":[{\"name\":\"a\"}]}", 1, 23, "/rules/0", RuleMistakeKind.Missing)]
    [InlineData("{\"version\":1}", 1, 1, "", RuleMistakeKind.Missing)]
    [InlineData("{\"version\":2,\"rules\":[]}", 1, 12, "/version", RuleMistakeKind.Value)]
    [InlineData("[]", 1, 1, "", RuleMistakeKind.Type)]
    [InlineData("{\n\"version\":1,\n\"rules\":[}", 3, 10, "", RuleMistakeKind.Syntax)]
    [InlineData("", 1, 1, "", RuleMistakeKind.Syntax)]
    public void Read_AMistake_IsToldWithItsPlace(string json, int line, int column, string path, RuleMistakeKind kind)
    {
        var file = Read(json);
        Assert.Null(file.Rules);
        var mistake = file.Mistakes[0];
        Assert.Equal((line, column, path, kind), (mistake.Line, mistake.Column, mistake.Path, mistake.Kind));
    }

    [Theory]
    [InlineData("""{"name":"A b","when":{"tools":["x"]}}""", "/rules/0/name")]
    [InlineData("""{"name":"a","when":{}}""", "/rules/0/when")]
    [InlineData("""{"name":"a","when":{"tools":[]}}""", "/rules/0/when/tools")]
    [InlineData("""{"name":"a","when":{"tools":"x"}}""", "/rules/0/when/tools")]
    [InlineData("""{"name":"a","when":{"tools":[""]}}""", "/rules/0/when/tools/0")]
    [InlineData("""{"name":"a","when":{"tools":[{"matches":"("}]}}""", "/rules/0/when/tools/0/matches")]
    [InlineData("""{"name":"a","when":{"tools":[{"matches":"(?=a)b"}]}}""", "/rules/0/when/tools/0/matches")]
    [InlineData("""{"name":"a","when":{"arguments":{"path":["x"]}}}""", "/rules/0/when/arguments/path")]
    [InlineData("""{"name":"a","when":{"arguments":{"/a~2":["x"]}}}""", "/rules/0/when/arguments/~1a~02")]
    [InlineData("""{"name":"a","when":{"arguments":{}}}""", "/rules/0/when/arguments")]
    [InlineData("""{"name":"a","when":{"times":[{"from":"8:00","to":"18:00"}]}}""", "/rules/0/when/times/0/from")]
    [InlineData("""{"name":"a","when":{"times":[{"from":"08:00","to":"18:00","zone":"Mars"}]}}""", "/rules/0/when/times/0/zone")]
    [InlineData("""{"name":"a","when":{"times":[{"from":"08:00","to":"18:00","days":["monday"]}]}}""", "/rules/0/when/times/0/days/0")]
    [InlineData("""{"name":"a","rate":{"calls":0,"per":"1m"}}""", "/rules/0/rate/calls")]
    [InlineData("""{"name":"a","rate":{"calls":"3","per":"1m"}}""", "/rules/0/rate/calls")]
    [InlineData("""{"name":"a","rate":{"calls":1,"per":"25h"}}""", "/rules/0/rate/per")]
    [InlineData("""{"name":"a","severity":"huge","when":{"tools":["x"]}}""", "/rules/0/severity")]
    [InlineData("""{"name":"a","action":"stop","when":{"tools":["x"]}}""", "/rules/0/action")]
    [InlineData("""{"name":"a","when":{"tools":["x"]}},{"name":"a","when":{"tools":["x"]}}""", "/rules/1/name")]
    [InlineData("""{"name":"a","when":{"tools":["x"]},"when":{"tools":["y"]}}""", "/rules/0/when")]
    public void Read_AMistakeInARule_IsToldOnce(string rule, string path)
    {
        var file = Read($$"""{"version":1,"rules":[{{rule}}]}""");
        Assert.Equal(path, Assert.Single(file.Mistakes).Path);
        Assert.Null(file.Rules);
    }

    [Fact]
    public void Read_ARule_ReportsUnlessItSaysThatItDenies()
    {
        var rules = Read(
            """
            {"version":1,"rules":[
              {"name":"a","rate":{"calls":1,"per":"1h"}},
              {"name":"b","action":"report","rate":{"calls":1,"per":"1h"}},
              {"name":"c","action":"deny","rate":{"calls":1,"per":"1h"}}
            ]}
            """
        ).Rules!;
        Assert.Equal([RuleAction.Report, RuleAction.Report, RuleAction.Deny], rules.Rules.Select(rule => rule.Action));
        Assert.Equal(1, rules.Denying);
    }

    [Fact]
    public void Read_CommentsAndAByteOrderMark_AreNoMistake() =>
        Assert.Empty(Read("\uFEFF{ // why\n\"$schema\":\"guard.schema.json\",\"version\":1,\"rules\":[],}").Mistakes);

    [Fact]
    public void Read_AnyText_EndsInRulesOrMistakes() =>
        Gen.OneOf(
                Gen.String,
                Gen.String[Gen.Char["{}[]\",:ntrues01 /*-abcversionrulesnamewhen"], 0, 60],
                Gen.String.Select(text => JsonSerializer.Serialize(text))
                    .Select(text => Rule($$$"""{"name":{{{text}}},"when":{"hosts":[{{{text}}}]}}"""))
            )
            .Sample(text =>
            {
                var file = Read(text);
                Assert.Equal(file.Rules is null, file.Mistakes.Count > 0);
            });

    /// <summary>The schema is for editors, the reader decides: they must know the same members.</summary>
    [Fact]
    public void Schema_ItsMembers_AreThoseThatAreRead()
    {
        using var schema = JsonDocument.Parse(RuleFile.Schema);
        var definitions = schema.RootElement.GetProperty("$defs");
        foreach (
            var (definition, json) in new[]
            {
                (schema.RootElement, """{"version":1,"rules":[],"?":0}"""),
                (definitions.GetProperty("rule"), Rule("""{"name":"a","when":{"tools":["x"]},"?":0}""")),
                (definitions.GetProperty("conditions"), Rule("""{"name":"a","when":{"tools":["x"],"?":0}}""")),
                (
                    definitions.GetProperty("pattern").GetProperty("oneOf")[1],
                    Rule("""{"name":"a","when":{"tools":[{"matches":"x","?":0}]}}""")
                ),
                (definitions.GetProperty("times"), Rule("""{"name":"a","when":{"times":[{"from":"08:00","to":"18:00","?":0}]}}""")),
                (definitions.GetProperty("rate"), Rule("""{"name":"a","rate":{"calls":1,"per":"1m","?":0}}""")),
            }
        )
        {
            var known = Assert.Single(Read(json).Mistakes).Message.Split("Known: ")[1].TrimEnd('.').Split(", ");
            Assert.Equal(definition.GetProperty("properties").EnumerateObject().Select(member => member.Name), known);
            Assert.False(definition.GetProperty("additionalProperties").GetBoolean());
        }
    }

    private static string Rule(string rule) => $$"""{"version":1,"rules":[{{rule}}]}""";

    private static RuleFile Read(string json) => RuleFile.Read(Encoding.UTF8.GetBytes(json));
}
