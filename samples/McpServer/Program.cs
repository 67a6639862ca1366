// A small MCP server over stdio on the official SDK, with four tools: add, echo, slow and fail.
// Its own words go to stderr; stdout belongs to MCP.

using Kilometers.Samples.McpServer;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

var options = new McpServerOptions
{
    ServerInfo = new Implementation { Name = "sample-server", Version = "1.0.0" },
    ToolCollection =
    [
        McpServerTool.Create(Tools.Add, new McpServerToolCreateOptions { Name = "add" }),
        McpServerTool.Create(Tools.Echo, new McpServerToolCreateOptions { Name = "echo" }),
        McpServerTool.Create(Tools.SlowAsync, new McpServerToolCreateOptions { Name = "slow" }),
        McpServerTool.Create(Tools.Fail, new McpServerToolCreateOptions { Name = "fail" }),
    ],
};
await Console.Error.WriteLineAsync("sample-server: ready");
await using var transport = new StdioServerTransport("sample-server");
await using var server = ModelContextProtocol.Server.McpServer.Create(transport, options);
await server.RunAsync();
