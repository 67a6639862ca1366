using System.Globalization;
using System.Text;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Packager.Conformance;

/// <summary>A line of a session.</summary>
/// <param name="Name">What it is, for the reader of its failure.</param>
/// <param name="Direction">Who sent it.</param>
/// <param name="Line">The bytes without the line's end.</param>
internal sealed record ScriptedLine(string Name, Direction Direction, byte[] Line);

/// <summary>An ordinary MCP session, as a client and a server would have it.</summary>
internal static class SessionScript
{
    /// <summary>How large the one big message is, in bytes: usual servers do answer with a file of that size.</summary>
    public const int BigSize = 1 << 20;

    /// <summary>Enough that a 99th percentile means something.</summary>
    private const int Calls = 50;

    /// <summary>The lines, in their order.</summary>
    /// <param name="tool">The name of the tool that is called most often.</param>
    public static IEnumerable<ScriptedLine> Lines(string tool = "echo")
    {
        yield return In(
            "initialize",
            """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"kmpkg-test","version":"1"}}}"""
        );
        yield return Out(
            "initialize's result",
            """{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"logging":{}},"serverInfo":{"name":"scripted","version":"1"}}}"""
        );
        yield return In("notifications/initialized", """{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        yield return Out(
            "notifications/message",
            """{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"ready"}}"""
        );
        yield return In("tools/list", """{"jsonrpc":"2.0","id":"list","method":"tools/list"}""");
        yield return Out(
            "tools/list's result",
            $$$"""{"jsonrpc":"2.0","id":"list","result":{"tools":[{"name":"{{{tool}}}","inputSchema":{"type":"object"}},{"name":"{{{tool}}}-file","inputSchema":{"type":"object"}}]}}"""
        );
        for (var id = 1; id <= Calls; id++)
        {
            var number = id.ToString(CultureInfo.InvariantCulture);
            yield return In(
                $"tools/call {number}",
                $$$$"""{"jsonrpc":"2.0","id":{{{{number}}}},"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{"text":"call {{{{number}}}}"},"_meta":{"progressToken":{{{{number}}}}}}}"""
            );
            if (id == 1)
                yield return Out(
                    "notifications/progress",
                    """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":50,"total":100}}"""
                );
            yield return Out(
                $"tools/call {number}'s result",
                $$$$"""{"jsonrpc":"2.0","id":{{{{number}}}},"result":{"content":[{"type":"text","text":"call {{{{number}}}}"}]}}"""
            );
        }

        yield return In("a call of an unknown tool", """{"jsonrpc":"2.0","id":1001,"method":"tools/call","params":{"name":"nonsense"}}""");
        yield return Out("an error response", """{"jsonrpc":"2.0","id":1001,"error":{"code":-32602,"message":"Unknown tool: nonsense"}}""");
        yield return In(
            "a call that is cancelled",
            $$$"""{"jsonrpc":"2.0","id":1002,"method":"tools/call","params":{"name":"{{{tool}}}-file"}}"""
        );
        yield return In(
            "notifications/cancelled",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1002,"reason":"no longer wanted"}}"""
        );
        yield return In(
            "a call with a big result",
            $$$"""{"jsonrpc":"2.0","id":1003,"method":"tools/call","params":{"name":"{{{tool}}}-file"}}"""
        );
        yield return Out(
            "a message of 1 MB",
            $$$$"""{"jsonrpc":"2.0","id":1003,"result":{"content":[{"type":"text","text":"{{{{new string('x', BigSize)}}}}"}]}}"""
        );
    }

    private static ScriptedLine In(string name, string line) => new(name, Direction.Inbound, Encoding.UTF8.GetBytes(line));

    private static ScriptedLine Out(string name, string line) => new(name, Direction.Outbound, Encoding.UTF8.GetBytes(line));
}
