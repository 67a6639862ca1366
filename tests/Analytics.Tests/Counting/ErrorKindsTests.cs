using Kilometers.Analytics;
using Kilometers.Plugins.Analytics.Counting;

namespace Kilometers.Plugins.Analytics.Tests.Counting;

/// <summary>Texts as servers and SDKs write them.</summary>
public sealed class ErrorKindsTests
{
    [Theory]
    [InlineData("-32700", "Parse error", ErrorKind.Protocol)]
    [InlineData("-32601", "Method not found", ErrorKind.Protocol)]
    [InlineData("-32602", "Unknown tool: nope", ErrorKind.Protocol)]
    [InlineData("-32602", "MCP error -32602: Tool nope not found", ErrorKind.Protocol)]
    [InlineData("-32002", "Resource not found", ErrorKind.Protocol)]
    [InlineData("unknown", "", ErrorKind.Protocol)]
    [InlineData("-32602", "Invalid params", ErrorKind.Schema)]
    [InlineData("tool_error", "MCP error -32602: Input validation error: Invalid arguments for tool echo", ErrorKind.Schema)]
    [InlineData("tool_error", "1 validation error for call[add]\nb\n  Field required", ErrorKind.Schema)]
    [InlineData("tool_error", "'path' is a required property", ErrorKind.Schema)]
    [InlineData("tool_error", "ENOENT: no such file or directory, open '/x'", ErrorKind.Tool)]
    [InlineData("tool_error", "The tool could not find anything", ErrorKind.Tool)]
    [InlineData("tool_error", "Cannot read 401 lines", ErrorKind.Tool)]
    [InlineData("tool_error", "", ErrorKind.Tool)]
    [InlineData("-32603", "Internal error", ErrorKind.Tool)]
    [InlineData("-32001", "Request timed out", ErrorKind.Timeout)]
    [InlineData("tool_error", "connect ETIMEDOUT 10.0.0.1:443", ErrorKind.Timeout)]
    [InlineData("tool_error", "rpc error: code = DeadlineExceeded desc = context deadline exceeded", ErrorKind.Timeout)]
    [InlineData("401", "", ErrorKind.Auth)]
    [InlineData("tool_error", "HTTP error: 401 Unauthorized", ErrorKind.Auth)]
    [InlineData("tool_error", "Request failed with status code 403", ErrorKind.Auth)]
    [InlineData("tool_error", "Authentication failed: bad credentials", ErrorKind.Auth)]
    [InlineData("tool_error", "Your access token has expired", ErrorKind.Auth)]
    [InlineData("-32042", "URL elicitation required", ErrorKind.Auth)]
    [InlineData("429", "", ErrorKind.Quota)]
    [InlineData("tool_error", "403: API rate limit exceeded for user", ErrorKind.Quota)]
    [InlineData("tool_error", "Request failed with status code 429", ErrorKind.Quota)]
    [InlineData("tool_error", "You exceeded your current quota", ErrorKind.Quota)]
    [InlineData("tool_error", "connect ECONNREFUSED 127.0.0.1:5432", ErrorKind.Transport)]
    [InlineData("tool_error", "TypeError: fetch failed", ErrorKind.Transport)]
    [InlineData("-32000", "https://mcp.example/ answered HTTP 502 Bad Gateway", ErrorKind.Transport)]
    public void Of_AnError_IsItsKind(string code, string text, ErrorKind kind) => Assert.Equal(kind, ErrorKinds.Of(code, text));

    [Theory]
    [InlineData("McpError: MCP error -32001: Request timed out", true)]
    [InlineData("User pressed escape", false)]
    public void IsTimeout_OfAReason_IsWhetherItSaysSo(string reason, bool isTimeout) =>
        Assert.Equal(isTimeout, ErrorKinds.IsTimeout(reason));
}
