using System.Text.Json;
using Kilometers.Http.Bridge;

namespace Kilometers.Http.Tests.Bridge;

public sealed class HeaderRulesTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("with space ~!", "with space ~!")]
    [InlineData("", "")]
    [InlineData(" leading", "=?base64?IGxlYWRpbmc=?=")]
    [InlineData("trailing ", "=?base64?dHJhaWxpbmcg?=")]
    [InlineData("é", "=?base64?w6k=?=")]
    [InlineData("a\nb", "=?base64?YQpi?=")]
    [InlineData("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?=")]
    public void Encode_Text_IsPlainOnlyIfAHeaderCanCarryIt(string value, string expected) =>
        Assert.Equal(expected, HeaderValue.Encode(value));

    [Fact]
    public void Read_ModernToolCall_RepeatsMethodNameAndMarkedArguments()
    {
        var tools = new ToolHeaders();
        tools.Learn(
            JsonElement.Parse(
                """
                {"result":{"tools":[{"name":"query","inputSchema":{"type":"object","properties":{
                  "region":{"type":"string","x-mcp-header":"Region"},
                  "limit":{"type":"integer","x-mcp-header":"Limit"},
                  "other":{"type":"string"},
                  "where":{"type":"object","properties":{"city":{"type":"string","x-mcp-header":"City"}}},
                  "list":{"type":"array","items":{"type":"string","x-mcp-header":"Item"}}}}}]}}
                """
            )
        );
        var message = Read(
            """
            {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"query","arguments":{"region":"eu","limit":3,"other":"x","where":{"city":"Köln"}},
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}
            """,
            tools
        );
        Assert.Equal("2026-07-28", message.Version);
        Assert.Equal(
            [
                "Mcp-Method: tools/call",
                "Mcp-Name: query",
                "Mcp-Param-Region: eu",
                "Mcp-Param-Limit: 3",
                "Mcp-Param-City: =?base64?S8O2bG4=?=",
            ],
            message.Headers.Select(header => $"{header.Key}: {header.Value}")
        );
    }

    [Theory]
    [InlineData("resources/read", """{"uri":"file:///a"}""", "file:///a")]
    [InlineData("prompts/get", """{"name":"p"}""", "p")]
    [InlineData("tools/list", """{"name":"p"}""", null)]
    public void Read_ModernRequest_NamesWhatItAsksFor(string method, string parameters, string? name)
    {
        const string meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}";
        var message = Read(
            $$$"""{"jsonrpc":"2.0","id":1,"method":"{{{method}}}","params":{{{parameters[..^1]}}},{{{meta}}}}}""",
            new ToolHeaders()
        );
        Assert.Equal(name, message.Headers.FirstOrDefault(header => header.Key == "Mcp-Name").Value);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query"}}""")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"tools/call"}]""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}""")]
    [InlineData("not json")]
    public void Read_OlderMessageOrNone_HasNoHeaders(string line) => Assert.Empty(Read(line, new ToolHeaders()).Headers);

    [Theory]
    [InlineData("""{"id":1,"method":"a"}""", "1", "a")]
    [InlineData("""{"id":"1","params":{"id":2,"method":"b"},"method":"a"}""", "\"1\"", "a")]
    [InlineData("""{"id":12345678901234567890123,"result":{"id":2}}""", "12345678901234567890123", null)]
    [InlineData("""{"id":null,"method":"a"}""", null, "a")]
    [InlineData("""{"id":1,"method":"a" broken""", null, null)]
    public void Read_Facts_AreThoseOfTheOutermostObject(string line, string? id, string? method)
    {
        var facts = MessageFacts.Read(System.Text.Encoding.UTF8.GetBytes(line));
        Assert.Equal((id, method), (facts.Id, facts.Method));
    }

    private static ClientMessage Read(string line, ToolHeaders tools) =>
        ClientMessage.Read(System.Text.Encoding.UTF8.GetBytes(line), tools);
}
