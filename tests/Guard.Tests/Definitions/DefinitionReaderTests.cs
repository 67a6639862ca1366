using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.Plugins.Guard.Definitions;

namespace Kilometers.Plugins.Guard.Tests.Definitions;

public sealed class DefinitionReaderTests
{
    [Fact]
    public void Read_Tool_HasEveryValueByItsPath()
    {
        var tool = Assert.Single(
            Tools(
                """[{"name":"add","description":"Adds.","inputSchema":{"type":"object","required":["a"],"properties":{"a":{"type":"number"},"b.c":{"anyOf":[{"type":"null"}]}}},"annotations":{"readOnlyHint":true}}]"""
            )
        );
        Assert.Equal(
            [
                ("annotations.readOnlyHint", "true"),
                ("description", "Adds."),
                ("inputSchema.properties.\"b.c\".anyOf[0].type", "null"),
                ("inputSchema.properties.a.type", "number"),
                ("inputSchema.required", "[\"a\"]"),
                ("inputSchema.type", "object"),
                ("name", "add"),
            ],
            tool.Fields.Select(field => (field.Path, field.Text)).OrderBy(field => field.Path, StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Read_MembersInAnotherOrder_IsTheSame()
    {
        var one = Tools("""[{"name":"a","description":"d","inputSchema":{"x":1,"y":2}}]""").Single().Pin(text => text);
        var other = Tools("""[{"inputSchema":{"y":2,"x":1},"description":"d","name":"a"}]""").Single().Pin(text => text);
        Assert.True(Definition.AreSame(one.Fields, other.Fields));
    }

    [Fact]
    public void Read_NameListedTwice_NeitherHidesTheOther() =>
        Assert.Equal(
            ["a", "a (2)"],
            Tools("""[{"name":"a","description":"good"},{"name":"a","description":"evil"}]""").Select(tool => tool.Name)
        );

    [Fact]
    public void Read_MemberThereTwice_NeitherHidesTheOther() =>
        Assert.Equal(
            ["good", "evil"],
            Tools("""[{"name":"a","description":"good","description":"evil"}]""").Single().Fields.Skip(1).Select(field => field.Text)
        );

    [Fact]
    public void Read_MoreThanThereIsRoomFor_AChangeOfTheRestIsAChange()
    {
        static string List(string last) =>
            $"[{string.Concat(Enumerable.Range(0, DefinitionReader.MaxDefinitions).Select(number => $$"""{"name":"t{{number}}"},"""))}{{\"name\":\"{last}\"}}]";
        var one = Tools(List("good"));
        var other = Tools(List("evil"));
        Assert.Equal(DefinitionReader.MaxDefinitions + 1, one.Count);
        Assert.NotEqual(one[^1].Fields[0], other[^1].Fields[0]);
    }

    [Fact]
    public void Read_MoreFieldsThanThereIsRoomFor_AChangeOfTheRestIsAChange()
    {
        static string Tool(string last) =>
            $$"""[{"name":"a",{{string.Concat(Enumerable.Range(0, DefinitionReader.MaxFields).Select(number => $"\"f{number}\":1,"))}}"last":"{{last}}"}]""";
        var one = Tools(Tool("good")).Single().Fields;
        var other = Tools(Tool("evil")).Single().Fields;
        Assert.Equal(DefinitionReader.MaxFields + 1, one.Count);
        Assert.NotEqual(one[^1], other[^1]);
    }

    [Fact]
    public void Read_ManyLongDefinitions_AChangeOfTheLastIsAChange()
    {
        static string Tool(int number, string last) =>
            $"{{\"name\":\"t{number}\",{string.Concat(Enumerable.Range(0, 150).Select(field => $"\"f{field}\":1,"))}\"last\":\"{last}\"}}";
        static string List(string last) => $"[{string.Join(',', Enumerable.Range(0, 100).Select(number => Tool(number, last)))}]";
        var one = Tools(List("good"));
        var other = Tools(List("evil"));
        Assert.True(one.Sum(tool => tool.Fields.Count) <= DefinitionReader.MaxListFields + 100);
        Assert.NotEqual(one[^1].Fields[^1], other[^1].Fields[^1]);
    }

    [Theory]
    [InlineData("""{"tools":5}""")]
    [InlineData("""{"tools":[]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void Read_NoList_IsEmpty(string result) => Assert.Empty(Read(DefinitionKind.Tool, result));

    [Theory]
    [InlineData("""[5,null,"x",[[]],{"name":7},{"name":"\ud800"}]""")]
    public void Read_WhatIsNotADefinition_IsKeptAllTheSame(string tools) => Assert.Equal(6, Tools(tools).Count);

    [Fact]
    public void Read_Resource_LeavesOutWhatChangesByItself() =>
        Assert.Equal(
            ["uri", "annotations.audience"],
            Read(
                    DefinitionKind.Resource,
                    """{"resources":[{"uri":"file:///a","size":5,"annotations":{"lastModified":"now","audience":["user"]}}]}"""
                )
                .Single()
                .Fields.Select(field => field.Path)
        );

    [Fact]
    public void Read_SecretInAnAddress_IsNotInTheName() =>
        Assert.DoesNotContain(
            "Sommer2026",
            Read(DefinitionKind.Resource, """{"resources":[{"uri":"postgres://app:Sommer2026xyz@db.example/main"}]}""").Single().Name,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_AnyBytesThatAreJson_NeverThrows()
    {
        var random = new Random(20261129);
        const string Alphabet = "{}[]\",:\\u0019eabtrfln \u202E\u00e9";
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Create(random.Next(1, 40), random, (span, source) => source.GetItems(Alphabet, span));
            try
            {
                using var json = JsonDocument.Parse($$"""{"tools":[{"name":"x","d":{{text}}}]}""");
                DefinitionReader.Read(DefinitionKind.Tool, json.RootElement);
            }
            catch (JsonException)
            {
                // Not JSON: not read.
            }
        }
    }

    private static IReadOnlyList<SentDefinition> Tools(string tools) => Read(DefinitionKind.Tool, $$"""{"tools":{{tools}}}""");

    private static IReadOnlyList<SentDefinition> Read(DefinitionKind kind, string result)
    {
        using var json = JsonDocument.Parse(result);
        return DefinitionReader.Read(kind, json.RootElement);
    }
}
