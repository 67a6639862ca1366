using System.Text;
using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Packager.Conformance;

/// <summary>What a broken or hostile server may print: km shows it to plugins as it is, so a plugin must bear it.</summary>
internal static class MalformedMessages
{
    private const int Depth = 100_000;
    private const int HugeId = 100_000;

    /// <summary>The lines.</summary>
    public static IEnumerable<ScriptedLine> Lines()
    {
        yield return Line("text that is not JSON", "Listening on port 8080 ..."u8);
        yield return Line(
            "invalid UTF-8",
            [.. """{"jsonrpc":"2.0","id":1,"method":"a"""u8, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, .. "\"}"u8]
        );
        yield return Line("control characters", [0x00, 0x1b, (byte)'[', (byte)'3', (byte)'1', (byte)'m', 0x07, 0x7f]);
        yield return Line("a truncated message", """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"ec"""u8);
        yield return Line(
            $"{Depth} levels of nesting",
            Encoding.UTF8.GetBytes(
                $$"""{"jsonrpc":"2.0","id":3,"method":"x","params":{{new string('[', Depth)}}{{new string(']', Depth)}}}"""
            )
        );
        yield return Line(
            $"{Depth} levels of nesting, unclosed",
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", Depth)))
        );
        yield return Line(
            $"an id of {HugeId} digits",
            Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{new string('9', HugeId)}},"method":"ping"}""")
        );
        yield return Line(
            $"a method of {HugeId} characters",
            Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":4,"method":"{{new string('m', HugeId)}}"}""")
        );
        yield return Line("members of wrong types", """{"jsonrpc":2,"id":{},"method":[],"params":"x"}"""u8);
        yield return Line(
            "members that are there twice",
            """{"jsonrpc":"2.0","id":5,"id":"5","method":"a","method":"b","result":1,"error":null}"""u8
        );
        yield return Line("a lone surrogate", """{"jsonrpc":"2.0","id":"\ud800","method":"\udc00"}"""u8);
        yield return Line("a response without a request", """{"jsonrpc":"2.0","id":"never-sent","result":{}}"""u8);
        yield return Line("null", "null"u8);
        yield return Line("a number out of range", """{"jsonrpc":"2.0","id":1e400,"method":"ping"}"""u8);
    }

    private static ScriptedLine Line(string name, ReadOnlySpan<byte> bytes) => new(name, Direction.Outbound, bytes.ToArray());
}
