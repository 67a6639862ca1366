using System.Text.Json;

namespace TestMcpServer;

/// <summary>
/// A server of the 2026-07-28 era: no initialize (unknown method), no ping. Answers server/discover, tools/list, tools/call of
/// <c>echo {text}</c> and <c>ask</c>, and subscriptions/listen.
/// <para><c>ask</c> answers <c>input_required</c> with a requestState and one input request "name"; the retry, under a new id and with
/// that very requestState and inputResponses, is answered <c>complete</c>. A wrong requestState is an error.</para>
/// <para>subscriptions/listen is acknowledged by a notification, followed by one notifications/tools/list_changed, and is not answered
/// until the end of input.</para>
/// </summary>
internal static class ModernMode
{
    // As in InputRequired below.
    private const string RequestState = "b3BhcXVlIHN0YXRl.42";

    private const string Discovered = """
        {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"TestMcpServer","version":"1.0.0"}}}
        """;

    private const string Tools = """
        {"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[{"name":"echo","description":"Gives the text back","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}},{"name":"ask","description":"Asks for a name first","inputSchema":{"type":"object"}}]}
        """;

    private const string InputRequired = """
        {"resultType":"input_required","requestState":"b3BhcXVlIHN0YXRl.42","inputRequests":{"name":{"method":"elicitation/create","params":{"mode":"form","message":"What is your name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}}}}
        """;

    private const string Complete = ",\"resultType\":\"complete\"";

    public static int Run(Stream input, OutputLines output)
    {
        var listeners = new List<string>();
        foreach (var line in InputLines.Read(input))
        {
            using var message = JsonDocument.Parse(line);
            var root = message.RootElement;
            if (!root.TryGetProperty("id", out var idElement) || !root.TryGetProperty("method", out var method))
                continue;
            var id = idElement.GetRawText();
            var parameters = root.TryGetProperty("params", out var given) ? given : default;
            switch (method.GetString())
            {
                case "server/discover":
                    output.WriteLine(JsonRpcMode.Result(id, Discovered));
                    break;
                case "tools/list":
                    output.WriteLine(JsonRpcMode.Result(id, Tools));
                    break;
                case "tools/call":
                    output.WriteLine(Call(id, parameters));
                    break;
                case "subscriptions/listen":
                    listeners.Add(id);
                    Acknowledge(id, parameters, output);
                    break;
                default:
                    output.WriteLine(JsonRpcMode.Error(id, -32601, "Method not found"));
                    break;
            }
        }
        foreach (var id in listeners)
            output.WriteLine(JsonRpcMode.Result(id, """{"resultType":"complete"}"""));
        return 0;
    }

    private static string Call(string id, JsonElement parameters)
    {
        switch (JsonRpcMode.Member(parameters, "name"))
        {
            case "echo":
                var arguments = parameters.TryGetProperty("arguments", out var given) ? given : default;
                return JsonRpcMode.Result(id, JsonRpcMode.TextResult(JsonRpcMode.Member(arguments, "text"), Complete));
            case "ask" when !parameters.TryGetProperty("requestState", out _):
                return JsonRpcMode.Result(id, InputRequired);
            case "ask"
                when JsonRpcMode.Member(parameters, "requestState") == RequestState && parameters.TryGetProperty("inputResponses", out _):
                return JsonRpcMode.Result(id, JsonRpcMode.TextResult("Hello", Complete));
            case "ask":
                return JsonRpcMode.Error(id, -32602, "Unknown requestState");
            default:
                return JsonRpcMode.Error(id, -32602, "Unknown tool");
        }
    }

    private static void Acknowledge(string id, JsonElement parameters, OutputLines output)
    {
        var wanted =
            parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("notifications", out var given)
                ? given.GetRawText()
                : "{}";
        var meta = $$"""{"io.modelcontextprotocol/subscriptionId":{{id}}}""";
        output.WriteLine(
            $$$"""{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"notifications":{{{wanted}}},"_meta":{{{meta}}}}}"""
        );
        output.WriteLine($$$"""{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{{{meta}}}}}""");
    }
}
