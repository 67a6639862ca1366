using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Kilometers.EndToEnd.Tests.Running;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Kilometers.EndToEnd.Tests.Protocols;

/// <summary>The official C# client and server through km, in each protocol version that they speak.</summary>
public sealed class McpClientTests
{
    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    [InlineData(null)]
    public async Task A_client_lists_and_calls_tools_through_km(string? version)
    {
        using var workspace = new Workspace();
        string[] plugin = [.. Conversation.Plugins(workspace.TestPlugin("alpha"))];
        var said = new ConcurrentQueue<string>();
        var transport = new StdioClientTransport(
            new StdioClientTransportOptions
            {
                Command = Programs.Km,
                Arguments = ["monitor", "--name", "sample", .. plugin, .. KmProcess.Access(plugin), "--server", "--", Programs.McpServer],
                EnvironmentVariables = new Dictionary<string, string?>
                {
                    ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
                },
                StandardErrorLines = said.Enqueue,
            }
        );
        ClientCompletionDetails end;
        var client = await McpClient.CreateAsync(
            transport,
            new McpClientOptions
            {
                ProtocolVersion = version,
                InitializationTimeout = Wait.Limit,
                DiscoverProbeTimeout = Wait.Limit,
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        await using (client)
        {
            Assert.Equal(version ?? "2026-07-28", client.NegotiatedProtocolVersion);
            var tools = await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(["add", "echo", "fail", "slow"], tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
            Assert.Equal((false, "42"), await CallAsync(client, "add", new() { ["a"] = 19, ["b"] = 23 }));
            Assert.Equal((false, "ü \"quoted\""), await CallAsync(client, "echo", new() { ["text"] = "ü \"quoted\"" }));
            var (failed, why) = await CallAsync(client, "fail", []);
            Assert.True(failed);
            Assert.Contains("this tool always fails", why, StringComparison.Ordinal);
            await Wait.ForAsync(
                () => workspace.Messages("alpha").Count(m => m.Text("kind") == "Response" && m.Text("method") == "tools/call") == 3,
                "the plugin to see three answers"
            );
        }

        end = await client.Completion;
        Assert.Equal(0, (end as StdioClientCompletionDetails)?.ExitCode);
        var answers = workspace.Messages("alpha").Where(m => m.Text("kind") == "Response" && m.Text("method") == "tools/call").ToList();
        Assert.Equal(["add", "echo", "fail"], answers.Select(m => m.Text("name")));
        Assert.Equal(["", "", "tool_error"], answers.Select(m => m.Text("error")));
        Assert.All(answers, m => Assert.True(m.Number("latency") > 0));
        Assert.Equal(
            version ?? "2026-07-28",
            workspace.Events("alpha", "session.initialized").Single().GetProperty("data").Text("protocolVersion")
        );
        Assert.Contains(said, line =>
            line.StartsWith("[km] sample: ", StringComparison.Ordinal) && line.EndsWith("nothing dropped", StringComparison.Ordinal)
        );
    }

    private static async Task<(bool IsError, string Text)> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: TestContext.Current.CancellationToken);
        return (result.IsError ?? false, string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text)));
    }
}
