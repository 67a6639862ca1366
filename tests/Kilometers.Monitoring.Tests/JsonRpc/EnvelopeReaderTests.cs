using System.Text;
using System.Text.Json;
using CsCheck;
using Kilometers.Monitoring.JsonRpc;
using Xunit;

namespace Kilometers.Monitoring.Tests.JsonRpc;

public sealed class EnvelopeReaderTests
{
    private static readonly Gen<string> Names = Gen.OneOf(
        "id", "method", "params", "result", "error", "jsonrpc", "name", "uri", "isError", "code", "_meta", "requestId", "x", "\\u0069d", "resultType");

    private static readonly Gen<string> Scalars = Gen.OneOf(
        "1", "\"1\"", "null", "true", "123456789012345678901234567890", "\"tools/call\"", "\"a\\n\\u00e9\"", "-0.5e3", "\"é€😀\"", "\"\"", "\"input_required\"");

    private static readonly Gen<string> Values = Nested(3);

    [Fact]
    public void Read_ValidJson_AgreesWithAFullParser() => Values.Sample(text =>
    {
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(text));
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        Assert.Null(text[0] == '[' ? null : envelope.ParseError);
        if (root.ValueKind != JsonValueKind.Object)
        {
            Assert.Equal(MessageKind.NotJsonRpc, envelope.Kind);
            return;
        }

        var id = Last(root, "id");
        var method = Last(root, "method") is { ValueKind: JsonValueKind.String } m ? m.GetString() : null;
        var expected = id is { ValueKind: not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null) } ? MessageKind.NotJsonRpc
            : method is not null ? (id is null ? MessageKind.Notification : MessageKind.Request)
            : Last(root, "error") is not null ? MessageKind.ErrorResponse
            : Last(root, "result") is not null ? MessageKind.Response
            : MessageKind.NotJsonRpc;
        Assert.Equal(expected, envelope.Kind);
        if (expected == MessageKind.NotJsonRpc) return;
        Assert.Equal(id?.GetRawText(), envelope.Id);
        Assert.Equal(method, envelope.Method);
        if (method is null) return;
        var parameters = Last(root, "params") is { ValueKind: JsonValueKind.Object } p ? p : (JsonElement?)null;
        Assert.Equal(Text(parameters, "name") ?? Text(parameters, "uri"), envelope.Name);
    }, iter: 5000);

    [Fact]
    public void Read_AnyBytes_NeverThrows()
    {
        Gen.Byte.Array[0, 200].Sample(bytes => EnvelopeReader.Read(bytes));
        Gen.Select(Values, Gen.Int[0, 1000], Gen.Byte).Sample(
            (text, at, value) =>
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                bytes[at % bytes.Length] = value;
                EnvelopeReader.Read(bytes);
                BatchReader.Split(bytes, out _);
                EnvelopeReader.ReadTruncated(bytes, bytes);
            },
            iter: 5000);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}""", MessageKind.Request, "1", "tools/call", "add", null)]
    [InlineData("""{"result":{"isError":true},"jsonrpc":"2.0","id":"1"}""", MessageKind.Response, "\"1\"", null, null, "tool_error")]
    [InlineData("""{"jsonrpc":"2.0","id":9007199254740993,"error":{"code":-32601,"message":"no"}}""", MessageKind.ErrorResponse, "9007199254740993", null, null, "-32601")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a"}}""", MessageKind.Notification, null, "notifications/resources/updated", "file:///a", null)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", MessageKind.NotJsonRpc, null, null, null, null)]
    [InlineData("""{"a":1}""", MessageKind.NotJsonRpc, null, null, null, null)]
    [InlineData("""{"id":1,"method":"ping"} x""", MessageKind.NotJsonRpc, null, null, null, null)]
    [InlineData("Server listening", MessageKind.NotJsonRpc, null, null, null, null)]
    public void Read_Message_TellsWhatItIs(string text, MessageKind kind, string? id, string? method, string? name, string? error)
    {
        var envelope = EnvelopeReader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal((kind, id, method, name, error), (envelope.Kind, envelope.Id, envelope.Method, envelope.Name, envelope.ErrorCode));
    }

    [Fact]
    public void Read_TenThousandLevels_IsRead()
    {
        var text = """{"id":1,"result":""" + new string('[', 10_000) + new string(']', 10_000) + "}";
        Assert.Equal(MessageKind.Response, EnvelopeReader.Read(Encoding.UTF8.GetBytes(text)).Kind);
    }

    [Fact]
    public void Read_RequestState_IsComparableButNotReadable()
    {
        const string Secret = "c2VjcmV0";
        var result = EnvelopeReader.Read(Encoding.UTF8.GetBytes("""{"id":1,"result":{"resultType":"input_required","requestState":"SECRET","inputRequests":{"b":{},"a":{}}}}""".Replace("SECRET", Secret, StringComparison.Ordinal)));
        var retry = EnvelopeReader.Read(Encoding.UTF8.GetBytes("""{"id":2,"method":"tools/call","params":{"name":"x","requestState":"SECRET","inputResponses":{"a":1,"b":2}}}""".Replace("SECRET", Secret, StringComparison.Ordinal)));
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
        var head = Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"big","arguments":{"data":"aaaaaaaaa""");
        var envelope = EnvelopeReader.ReadTruncated(head, "aaaa\"}}}"u8);
        Assert.Equal((MessageKind.Request, "5", "tools/call", "big"), (envelope.Kind, envelope.Id, envelope.Method, envelope.Name));
    }

    [Fact]
    public void Split_Batch_GivesEachElementAsItStands()
    {
        var text = """ [ {"id":1,"method":"a"} , {"id":2, "method":"b"},3 ] """;
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.True(BatchReader.IsBatch(bytes));
        Assert.Equal(["""{"id":1,"method":"a"}""", """{"id":2, "method":"b"}""", "3"], BatchReader.Split(bytes, out var error).Select(r => text[r]));
        Assert.Null(error);
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("1", "10e-1")]
    [InlineData("100", "1e2")]
    [InlineData("-5", "-5.00")]
    [InlineData("0", "-0.0")]
    [InlineData("\"a/b\"", "\"a\\/b\"")]
    public void Canonical_SameIdWrittenDifferently_IsOne(string one, string other) => Assert.Equal(JsonRpcId.Canonical(one), JsonRpcId.Canonical(other));

    [Theory]
    [InlineData("1", "\"1\"")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("1e400", "1e401")]
    public void Canonical_DifferentIds_StayApart(string one, string other) => Assert.NotEqual(JsonRpcId.Canonical(one), JsonRpcId.Canonical(other));

    private static Gen<string> Nested(int depth) => depth == 0
        ? Scalars
        : Gen.Frequency(
            (2, Scalars),
            (4, Gen.Select(Names, Nested(depth - 1), (n, v) => $"\"{n}\":{v}").Array[0, 6].Select(m => "{" + string.Join(" , ", m) + "}")),
            (1, Nested(depth - 1).Array[0, 4].Select(m => "[" + string.Join(",", m) + "]")));

    // Duplicates are valid JSON; the last one counts.
    private static JsonElement? Last(JsonElement element, string name) =>
        element.EnumerateObject().Where(p => p.Name == name).Select(p => (JsonElement?)p.Value).LastOrDefault();

    private static string? Text(JsonElement? element, string name) =>
        element is { } e && Last(e, name) is { ValueKind: JsonValueKind.String } v ? v.GetString() : null;
}
