using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Monitoring.JsonRpc;
using Xunit;

namespace Kilometers.Monitoring.Tests.JsonRpc;

public sealed class EnvelopeReaderTests
{
    private static readonly Gen<string> Names = Gen.OneOf(
        "id",
        "method",
        "params",
        "result",
        "error",
        "error",
        "jsonrpc",
        "name",
        "uri",
        "isError",
        "code",
        "message",
        "content",
        "text",
        "_meta",
        "requestId",
        "x",
        "\\u0069d",
        "resultType"
    );

    private static readonly Gen<string> Scalars = Gen.OneOf(
        "1",
        "\"1\"",
        "null",
        "null",
        "true",
        "false",
        "123456789012345678901234567890",
        "\"tools/call\"",
        "\"a\\n\\u00e9\"",
        "-0.5e3",
        "\"é€😀\"",
        "\"\"",
        "\"input_required\""
    );

    private static readonly Gen<string> Values = Nested(3);

    [Fact]
    public void Read_ValidJson_AgreesWithAFullParser() =>
        Values.Sample(
            text =>
            {
                var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(text));
                using var document = JsonDocument.Parse(text);
                var root = document.RootElement;
                Assert.Null(text[0] == '[' ? null : envelope.ParseError);
                if (root.ValueKind != JsonValueKind.Object)
                {
                    Assert.Equal(JsonRpcKind.NotJsonRpc, envelope.Kind);
                    return;
                }

                var id = Last(root, "id");
                var method = Last(root, "method") is { ValueKind: JsonValueKind.String } m ? m.GetString() : null;
                var error = Last(root, "error");
                var isError =
                    error is { } e
                    && !(
                        e.ValueKind is JsonValueKind.Null or JsonValueKind.False
                        || (e.ValueKind == JsonValueKind.String && e.GetString() == "")
                    );
                var expected =
                    id is { ValueKind: not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null) } ? JsonRpcKind.NotJsonRpc
                    : method is not null ? (id is null ? JsonRpcKind.Notification : JsonRpcKind.Request)
                    : id is null && Last(root, "jsonrpc") is null ? JsonRpcKind.NotJsonRpc
                    : isError ? JsonRpcKind.ErrorResponse
                    : Last(root, "result") is not null || (error is not null && id is not null) ? JsonRpcKind.Response
                    : JsonRpcKind.NotJsonRpc;
                Assert.Equal(expected, envelope.Kind);
                if (expected == JsonRpcKind.NotJsonRpc)
                    return;
                Assert.Equal(
                    expected == JsonRpcKind.ErrorResponse
                        || (expected == JsonRpcKind.Response && Last(Last(root, "result"), "isError")?.ValueKind == JsonValueKind.True),
                    envelope.ErrorCode is not null
                );
                Assert.Equal(
                    expected == JsonRpcKind.ErrorResponse
                        ? Text(error, "message") ?? (error?.ValueKind == JsonValueKind.String ? error?.GetString() : null)
                        : FirstText(root, envelope),
                    envelope.ErrorText
                );
                Assert.Equal(id?.GetRawText(), envelope.Id);
                Assert.Equal(method, envelope.Method);
                if (method is null)
                    return;
                var parameters = Last(root, "params") is { ValueKind: JsonValueKind.Object } p ? p : (JsonElement?)null;
                Assert.Equal(Text(parameters, "name") ?? Text(parameters, "uri"), envelope.Name);
            },
            iter: 5000
        );

    [Fact]
    public void Read_AnyBytes_NeverThrows()
    {
        Gen.Byte.Array[0, 200].Sample(bytes => EnvelopeReader.Read(bytes));
        Gen.Select(Values, Gen.Int[0, 1000], Gen.Byte)
            .Sample(
                (text, at, value) =>
                {
                    var bytes = Encoding.UTF8.GetBytes(text);
                    bytes[at % bytes.Length] = value;
                    EnvelopeReader.Read(bytes);
                    BatchReader.Split(bytes, out _);
                    EnvelopeReader.ReadTruncated(bytes, bytes);
                },
                iter: 5000
            );
    }

    [Theory]
    [InlineData(
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""",
        JsonRpcKind.Request,
        "1",
        "tools/call",
        "add",
        null
    )]
    [InlineData("""{"result":{"isError":true},"jsonrpc":"2.0","id":"1"}""", JsonRpcKind.Response, "\"1\"", null, null, "tool_error")]
    [InlineData(
        """{"jsonrpc":"2.0","id":9007199254740993,"error":{"code":-32601,"message":"no"}}""",
        JsonRpcKind.ErrorResponse,
        "9007199254740993",
        null,
        null,
        "-32601"
    )]
    [InlineData(
        """{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a"}}""",
        JsonRpcKind.Notification,
        null,
        "notifications/resources/updated",
        "file:///a",
        null
    )]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", JsonRpcKind.NotJsonRpc, null, null, null, null)]
    [InlineData("""{"a":1}""", JsonRpcKind.NotJsonRpc, null, null, null, null)]
    [InlineData("""{"id":1,"method":"ping"} x""", JsonRpcKind.NotJsonRpc, null, null, null, null)]
    [InlineData("Server listening", JsonRpcKind.NotJsonRpc, null, null, null, null)]
    public void Read_Message_TellsWhatItIs(string text, JsonRpcKind kind, string? id, string? method, string? name, string? error)
    {
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal((kind, id, method, name, error), (envelope.Kind, envelope.Id, envelope.Method, envelope.Name, envelope.ErrorCode));
    }

    /// <summary>What a member means counts, not that it is there.</summary>
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"tools":[]},"error":null}""", JsonRpcKind.Response, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":null,"result":{}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"error":false,"result":{}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"error":"","result":{}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":null,"error":null}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":null}""", JsonRpcKind.Response, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":null}""", JsonRpcKind.Response, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":null,"params":null,"result":{}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":null,"error":{"code":-32601,"message":"no"}}""", JsonRpcKind.ErrorResponse, "-32601")]
    [InlineData("""{"id":1,"result":{},"error":{"code":5}}""", JsonRpcKind.ErrorResponse, "5")]
    [InlineData("""{"id":1,"error":{"code":5},"error":null,"result":{}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"error":null,"error":{"code":5}}""", JsonRpcKind.ErrorResponse, "5")]
    [InlineData("""{"id":1,"error":{"code":"5"}}""", JsonRpcKind.ErrorResponse, "unknown")]
    [InlineData("""{"id":1,"error":"out of memory"}""", JsonRpcKind.ErrorResponse, "unknown")]
    [InlineData("""{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}}""", JsonRpcKind.ErrorResponse, "-32700")]
    [InlineData("""{"id":null,"error":{"code":-32700}}""", JsonRpcKind.ErrorResponse, "-32700")]
    [InlineData("""{"id":1,"result":{"isError":null}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":{"isError":"true"}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":{"isError":false}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":{"isError":true,"isError":false}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":{"structuredContent":{"isError":true}}}""", JsonRpcKind.Response, null)]
    [InlineData("""{"id":1,"result":{"isError":true}}""", JsonRpcKind.Response, "tool_error")]
    [InlineData("""{"level":"warn","msg":"retry","error":"timed out"}""", JsonRpcKind.NotJsonRpc, null)]
    [InlineData("""{"level":"info","error":null,"result":"ok"}""", JsonRpcKind.NotJsonRpc, null)]
    public void Read_MemberThatIsThere_CountsByWhatItMeans(string text, JsonRpcKind kind, string? error)
    {
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal((kind, error), (envelope.Kind, envelope.ErrorCode));
    }

    [Theory]
    [InlineData("""{"id":1,"error":{"code":1,"message":"line\nbreak \u00e9 \"quoted\""}}""", "line\nbreak é \"quoted\"")]
    [InlineData("""{"id":1,"error":{"code":1,"message":5}}""", null)]
    [InlineData("""{"id":1,"error":"text alone"}""", "text alone")]
    [InlineData("""{"id":1,"error" : { "message" :  "spaced" }}""", "spaced")]
    [InlineData(
        """{"id":1,"result":{"content":[{"type":"image","data":"x"},{"type":"text","text":"No such file"},{"text":"other"}],"isError":true}}""",
        "No such file"
    )]
    [InlineData("""{"id":1,"result":{"isError":true,"content":"x"}}""", null)]
    [InlineData("""{"id":1,"result":{"content":[{"text":"fine"}]}}""", null)]
    public void Read_Error_HasItsText(string text, string? expected) =>
        Assert.Equal(expected, EnvelopeReader.Read(Encoding.UTF8.GetBytes(text)).ErrorText);

    [Fact]
    public void Read_LongErrorText_IsItsBeginningWithoutHalfACharacter()
    {
        var text = EnvelopeReader
            .Read(Encoding.UTF8.GetBytes($$$"""{"id":1,"error":{"message":"x{{{new string('é', 5000)}}}"}}"""))
            .ErrorText;
        Assert.Equal("x" + new string('é', 511), text);
    }

    [Theory]
    [InlineData("\uFEFF")]
    [InlineData(" \uFEFF")]
    [InlineData("\uFEFF\uFEFF\t")]
    public void Read_ByteOrderMarkBefore_IsNotAPartOfTheMessage(string mark)
    {
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(mark + """{"jsonrpc":"2.0","id":0,"method":"initialize"}"""));
        Assert.Equal((JsonRpcKind.Request, "0", "initialize"), (envelope.Kind, envelope.Id, envelope.Method));
    }

    [Fact]
    public void ReadTruncated_ToolErrorSaidAtTheEnd_IsAnError()
    {
        var head = Encoding.UTF8.GetBytes("""{"result":{"content":[{"type":"text","text":"It failed: aaaaaaaa""");
        var envelope = EnvelopeReader.ReadTruncated(head, """aaaa"}],"isError":true},"jsonrpc":"2.0","id":4}"""u8);
        Assert.Equal(
            (JsonRpcKind.Response, "4", "tool_error", "It failed: aaaaaaaa"),
            (envelope.Kind, envelope.Id, envelope.ErrorCode, envelope.ErrorText)
        );
        Assert.Null(EnvelopeReader.ReadTruncated(head, """aaaa"}],"isError":false},"jsonrpc":"2.0","id":4}"""u8).ErrorCode);
        Assert.Null(EnvelopeReader.ReadTruncated(head, """aaaa"}],"x":{"isError":true}},"jsonrpc":"2.0","id":4}"""u8).ErrorCode);
    }

    [Theory]
    [InlineData("[]", "an empty batch")]
    [InlineData("[INFO] started", null)]
    [InlineData("[2026-11-28 12:00:00] ready", null)]
    [InlineData("[{]", "not valid JSON at byte 2")]
    public void Split_NoBatch_SaysWhyOnlyIfItLooksLikeOne(string text, string? error)
    {
        Assert.Empty(BatchReader.Split(Encoding.UTF8.GetBytes(text), out var said));
        Assert.Equal(error, said);
    }

    [Fact]
    public void Read_AMillionLevels_IsRead()
    {
        var text = """{"id":1,"result":""" + new string('[', 1_000_000) + new string(']', 1_000_000) + "}";
        Assert.Equal(JsonRpcKind.Response, EnvelopeReader.Read(Encoding.UTF8.GetBytes(text)).Kind);
    }

    [Fact]
    public void Read_RequestState_IsComparableButNotReadable()
    {
        const string Secret = "c2VjcmV0";
        var result = EnvelopeReader.Read(
            Encoding.UTF8.GetBytes(
                """{"id":1,"result":{"resultType":"input_required","requestState":"SECRET","inputRequests":{"b":{},"a":{}}}}""".Replace(
                    "SECRET",
                    Secret,
                    StringComparison.Ordinal
                )
            )
        );
        var retry = EnvelopeReader.Read(
            Encoding.UTF8.GetBytes(
                """{"id":2,"method":"tools/call","params":{"name":"x","requestState":"SECRET","inputResponses":{"a":1,"b":2}}}""".Replace(
                    "SECRET",
                    Secret,
                    StringComparison.Ordinal
                )
            )
        );
        Assert.True(result.InputRequired);
        Assert.NotNull(result.RequestState);
        Assert.Equal(result.RequestState, retry.RequestState);
        Assert.Equal(result.InputKeys, retry.InputKeys);
        Assert.DoesNotContain(Secret, result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"jsonrpc\":\"2.0\",\"id\":42}", "42")]
    [InlineData("}],\"x\":\"\\\"id\\\":7\"},\"id\":\"a\",\"jsonrpc\":\"2.0\"}", "\"a\"")]
    [InlineData("\"id\":42}}", null)]
    [InlineData("\"text with \\\"id\\\":5}\"}}", null)]
    public void ReadTruncated_IdAtTheEnd_IsFoundOnlyIfItIsTheMessagesOwn(string tail, string? id)
    {
        var head = Encoding.UTF8.GetBytes("""{"result":{"content":[{"type":"text","text":"aaaaaaaa""");
        Assert.Equal(id, EnvelopeReader.ReadTruncated(head, Encoding.UTF8.GetBytes(tail)).Id);
    }

    [Fact]
    public void ReadTruncated_EnvelopeAtTheBeginning_IsRead()
    {
        var head = Encoding.UTF8.GetBytes(
            """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"big","arguments":{"data":"aaaaaaaaa"""
        );
        var envelope = EnvelopeReader.ReadTruncated(head, "aaaa\"}}}"u8);
        Assert.Equal((JsonRpcKind.Request, "5", "tools/call", "big"), (envelope.Kind, envelope.Id, envelope.Method, envelope.Name));
    }

    [Fact]
    public void Split_Batch_GivesEachElementAsItStands()
    {
        var text = """ [ {"id":1,"method":"a"} , {"id":2, "method":"b"},3 ] """;
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(BatchReader.IsBatch(bytes));
        Assert.Equal(
            ["""{"id":1,"method":"a"}""", """{"id":2, "method":"b"}""", "3"],
            BatchReader.Split(bytes, out var error).Select(r => text[r])
        );
        Assert.Null(error);
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1", "10e-1")]
    [InlineData("100", "1e2")]
    [InlineData("-5", "-5.00")]
    [InlineData("0", "-0.0")]
    [InlineData("\"a/b\"", "\"a\\/b\"")]
    public void Canonical_SameIdWrittenDifferently_IsOne(string one, string other) =>
        Assert.Equal(JsonRpcId.Canonical(one), JsonRpcId.Canonical(other));

    [Theory]
    [InlineData("1", "\"1\"")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("1e400", "1e401")]
    public void Canonical_DifferentIds_StayApart(string one, string other) =>
        Assert.NotEqual(JsonRpcId.Canonical(one), JsonRpcId.Canonical(other));

    private static Gen<string> Nested(int depth) =>
        depth == 0
            ? Scalars
            : Gen.Frequency(
                (2, Scalars),
                (
                    4,
                    Gen.Select(Names, Nested(depth - 1), (n, v) => $"\"{n}\":{v}")
                        .Array[0, 6]
                        .Select(m => "{" + string.Join(" , ", m) + "}")
                ),
                (1, Nested(depth - 1).Array[0, 4].Select(m => "[" + string.Join(",", m) + "]"))
            );

    // Duplicates are valid JSON; the last one counts.
    private static JsonElement? Last(JsonElement? element, string name) =>
        element is not { ValueKind: JsonValueKind.Object } e
            ? null
            : e.EnumerateObject().Where(p => p.Name == name).Select(p => (JsonElement?)p.Value).LastOrDefault();

    private static string? FirstText(JsonElement root, JsonRpcEnvelope envelope) =>
        envelope.ErrorCode is null || Last(Last(root, "result"), "content") is not { ValueKind: JsonValueKind.Array } content ? null
        : content.EnumerateArray().Where(item => Last(item, "text") is not null).Select(item => Last(item, "text")).FirstOrDefault()
            is { ValueKind: JsonValueKind.String } text
            ? text.GetString()
        : null;

    private static string? Text(JsonElement? element, string name) =>
        element is { } e && Last(e, name) is { ValueKind: JsonValueKind.String } v ? v.GetString() : null;
}
