using System.Text.Json;
using Kilometers.Rules.Matching;

namespace Kilometers.Rules.Tests.Matching;

public sealed class PathSearchTests
{
    [Theory]
    [InlineData("/a", """{"a":1,"b":2}""", "/a=1")]
    [InlineData("/a/*", """{"a":{"x":"1","y":[2]},"b":{"x":3}}""", "/a/x=1")]
    [InlineData("/a/1", """{"a":[1,true,null]}""", "/a/1=true")]
    [InlineData("/a", """{"a":1,"a":2}""", "/a=1 /a=2")]
    [InlineData("/**", """{"a":{"b":[1]},"c":2}""", "/a/b/0=1 /c=2")]
    [InlineData("/**/x", """{"x":{"x":1},"y":{"z":{"x":2}}}""", "/x/x=1 /y/z/x=2")]
    [InlineData("/a/**/x", """{"x":0,"a":{"x":1,"b":{"x":2}}}""", "/a/x=1 /a/b/x=2")]
    [InlineData("/**/a/**/x", """{"x":0,"a":{"a":{"x":1}}}""", "/a/a/x=1")]
    [InlineData("/**/*/x", """{"x":0,"a":{"x":1,"b":{"x":2}}}""", "/a/x=1 /a/b/x=2")]
    [InlineData("/**", "7", "=7")]
    [InlineData("/a/b", """{"a":"b"}""", "")]
    public void Found_HasEachValueOnce(string path, string json, string expected) =>
        Assert.Equal(expected, string.Join(' ', Search(path, json).Found.Select(value => $"{value.Path}={value.Text}")));

    [Fact]
    public void Visited_SeveralDepths_IsLinearInTheMessage()
    {
        const int Depth = 64;
        var json = string.Concat(Enumerable.Repeat("""{"y":[0],"x":""", Depth)) + "1" + new string('}', Depth);
        var search = Search("/**/**/**/x", json);
        Assert.Single(search.Found);

        // Of each level the object, the array and its element, and the value at the end.
        Assert.Equal(3 * Depth + 1, search.Visited);
    }

    [Fact]
    public void Visited_WithoutDepths_IsWhatThePathLeadsTo() =>
        Assert.Equal(3, Search("/a/x", """{"a":{"x":1,"y":2},"b":{"c":[1,2,3]}}""").Visited);

    private static PathSearch Search(string path, string json)
    {
        Assert.True(ArgumentPath.TryParse(path, out var parsed));
        return parsed!.Search(JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = 128 }));
    }
}
