using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TestMcpServer;

/// <summary>
/// A server of the legacy era. Answers initialize, ping, tools/list, resources/read, prompts/get and tools/call of
/// <c>echo {text}</c>, <c>sleep {ms}</c> (answered when it is due; others overtake it), <c>error</c> (a JSON-RPC error) and
/// <c>isError</c> (a result that says so). Batch arrays are answered by an array. Ids come back as the very text they came in.
/// What is not JSON is answered with a parse error; notifications and responses with nothing.
/// </summary>
internal static class JsonRpcMode
{
    public const string Tools = """
        {"tools":[{"name":"echo","description":"Gives the text back","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}},{"name":"sleep","description":"Answers after a number of milliseconds","inputSchema":{"type":"object","properties":{"ms":{"type":"integer"}}}},{"name":"error","description":"Answers with a JSON-RPC error","inputSchema":{"type":"object"}},{"name":"isError","description":"Answers with a result that is an error","inputSchema":{"type":"object"}}]}
        """;

    private const string Initialized = """
        {"protocolVersion":"2025-06-18","capabilities":{"tools":{},"resources":{},"prompts":{}},"serverInfo":{"name":"TestMcpServer","version":"1.0.0"}}
        """;

    public static int Run(Stream input, OutputLines output)
    {
        var late = new List<Task>();
        foreach (var line in InputLines.Read(input))
        {
            var text = line.AsSpan().Trim(" \r\t"u8);
            if (text.IsEmpty)
                continue;
            if (AnswerLine(text.ToArray(), output, late) is { } answer)
                output.WriteLine(answer);
        }
        Task.WaitAll(late);
        return 0;
    }

    public static int RunBig(Stream input, OutputLines output, int size)
    {
        foreach (var line in InputLines.Read(input))
        {
            using var message = JsonDocument.Parse(line);
            if (message.RootElement.TryGetProperty("id", out var id))
                output.WriteSizedLine(
                    $"{{\"jsonrpc\":\"2.0\",\"id\":{id.GetRawText()},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"",
                    "\"}]}}",
                    size
                );
        }
        return 0;
    }

    public static string Result(string id, string result) => $$"""{"jsonrpc":"2.0","id":{{id}},"result":{{result}}}""";

    public static string Error(string id, int code, string message) =>
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"error":{"code":{{{code.ToString(CultureInfo.InvariantCulture)}}},"message":"{{{message}}}"}}""";

    public static string TextResult(string text, string members = "") =>
        $$"""{"content":[{"type":"text","text":{{Quote(text)}}}]{{members}}}""";

    public static string Quote(string text) => "\"" + JsonEncodedText.Encode(text) + "\"";

    private static string? AnswerLine(byte[] line, OutputLines output, List<Task> late)
    {
        JsonDocument message;
        try
        {
            message = JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            return Error("null", -32700, "Parse error");
        }
        using (message)
        {
            if (message.RootElement.ValueKind != JsonValueKind.Array)
                return Answer(message.RootElement, output, late);
            var answers = new List<string>();
            foreach (var element in message.RootElement.EnumerateArray())
                if (Answer(element, output, late) is { } answer)
                    answers.Add(answer);
            return answers.Count == 0 ? null : new StringBuilder("[").AppendJoin(',', answers).Append(']').ToString();
        }
    }

    private static string? Answer(JsonElement message, OutputLines output, List<Task> late)
    {
        if (message.ValueKind != JsonValueKind.Object)
            return Error("null", -32600, "Invalid Request");
        if (!message.TryGetProperty("id", out var idElement) || !message.TryGetProperty("method", out var method))
            return null;
        var id = idElement.GetRawText();
        var parameters = message.TryGetProperty("params", out var given) ? given : default;
        return method.GetString() switch
        {
            "initialize" => Result(id, Initialized),
            "ping" => Result(id, "{}"),
            "tools/list" => Result(id, Tools),
            "tools/call" => Call(id, parameters, output, late),
            "resources/read" => Result(id, $$$"""{"contents":[{"uri":{{{Quote(Member(parameters, "uri"))}}},"text":"a resource"}]}"""),
            "prompts/get" => Result(id, """{"messages":[{"role":"user","content":{"type":"text","text":"a prompt"}}]}"""),
            _ => Error(id, -32601, "Method not found"),
        };
    }

    private static string? Call(string id, JsonElement parameters, OutputLines output, List<Task> late)
    {
        var arguments =
            parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("arguments", out var given) ? given : default;
        switch (Member(parameters, "name"))
        {
            case "echo":
                return Result(id, TextResult(Member(arguments, "text")));
            case "sleep":
                var time = arguments.TryGetProperty("ms", out var ms) ? ms.GetInt32() : 0;
                late.Add(
                    Task.Delay(time).ContinueWith(_ => output.WriteLine(Result(id, TextResult($"slept {time} ms"))), TaskScheduler.Default)
                );
                return null;
            case "isError":
                return Result(id, TextResult("the tool failed", ",\"isError\":true"));
            case "error":
                return Error(id, -32000, "the server failed");
            default:
                return Error(id, -32602, "Unknown tool");
        }
    }

    public static string Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : value.GetRawText()
            : "";
}
