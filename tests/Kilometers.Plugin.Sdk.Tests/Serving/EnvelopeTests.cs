using System.Text;
using CsCheck;
using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Serving;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Serving;

public sealed class EnvelopeTests
{
    private static readonly string[] Parts =
    [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"id\"",
        "\"method\"",
        "\"params\"",
        "\"error\"",
        "\"result\"",
        "\"\\ud800\"",
        "1",
        "null",
        " ",
    ];

    [Theory]
    [InlineData(
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"name":"no"},"name":"echo"}}""",
        MessageKind.Request,
        "tools/call",
        "1",
        "echo",
        ""
    )]
    [InlineData(
        """{"id":"a\"b","method":"resources/read","params":{"uri":"file:///x"}}""",
        MessageKind.Request,
        "resources/read",
        "\"a\\\"b\"",
        "file:///x",
        ""
    )]
    [InlineData("""{"method":"notifications/progress","params":{}}""", MessageKind.Notification, "notifications/progress", "", "", "")]
    [InlineData("""{"id":1,"result":null}""", MessageKind.Response, "", "1", "", "")]
    [InlineData("""{"id":1,"result":{"isError":true,"content":[[]]}}""", MessageKind.Response, "", "1", "", "tool_error")]
    [InlineData("""{"id":null,"error":{"message":"m","code":-32700}}""", MessageKind.ErrorResponse, "", "null", "", "-32700")]
    [InlineData("""{"id":1,"result":{},"error":null}""", MessageKind.Response, "", "1", "", "")]
    [InlineData("""{"id":1,"error":{"code":-1},"error":null,"result":{"isError":null}}""", MessageKind.Response, "", "1", "", "")]
    [InlineData("""{"id":1,"result":{"isError":"true"}}""", MessageKind.Response, "", "1", "", "")]
    [InlineData("""{"id":1,"result":null,"error":{"code":5}}""", MessageKind.ErrorResponse, "", "1", "", "5")]
    [InlineData("""{"id":1,"error":"no"}""", MessageKind.ErrorResponse, "", "1", "", "unknown")]
    [InlineData("\uFEFF{\"id\":1,\"method\":\"x\"}", MessageKind.Request, "x", "1", "", "")]
    [InlineData("""{"level":"warn","error":"timed out"}""", MessageKind.NotJsonRpc, "", "", "", "")]
    [InlineData("""[{"id":1,"method":"x"}]""", MessageKind.NotJsonRpc, "", "", "", "")]
    [InlineData("""{"id":1,"method":"x"} trailing""", MessageKind.NotJsonRpc, "", "", "", "")]
    [InlineData("""{"method":"\ud800"}""", MessageKind.NotJsonRpc, "", "", "", "")]
    [InlineData("{}", MessageKind.NotJsonRpc, "", "", "", "")]
    [InlineData("", MessageKind.NotJsonRpc, "", "", "", "")]
    [InlineData("Starting server", MessageKind.NotJsonRpc, "", "", "", "")]
    public void Read_Line_GivesKindAndNames(string line, MessageKind kind, string method, string id, string name, string errorCode) =>
        Assert.Equal(new Envelope(kind, method, id, name, errorCode), Envelope.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Read_AnyBytes_NeverThrows()
    {
        Gen.Byte.Array[0, 200].Sample(static bytes => Envelope.Read(bytes).Kind >= MessageKind.Unknown);
        Gen.Int[0, Parts.Length - 1]
            .Select(static index => Parts[index])
            .Array[0, 40]
            .Sample(static parts => Envelope.Read(Encoding.UTF8.GetBytes(string.Concat(parts))).Kind >= MessageKind.Unknown);
    }

    [Theory]
    [InlineData("tools/*", "tools/call", true)]
    [InlineData("tools/*", "tools/", true)]
    [InlineData("*", "", true)]
    [InlineData("a*b*c", "axxbxxbc", true)]
    [InlineData("a*b*c", "axxbxx", false)]
    [InlineData("ping", "pings", false)]
    [InlineData("", "x", false)]
    public void Matches_Glob(string glob, string text, bool expected) => Assert.Equal(expected, MethodGlob.Matches(glob, text));
}
