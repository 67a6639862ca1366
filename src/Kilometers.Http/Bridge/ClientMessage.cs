using System.Text.Json;

namespace Kilometers.Http.Bridge;

/// <summary>A message of the client, with the headers that it needs.</summary>
internal sealed record ClientMessage
{
    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";

    /// <summary>The message, one line.</summary>
    public required ReadOnlyMemory<byte> Line { get; init; }

    public required MessageFacts Facts { get; init; }

    /// <summary>The version that the message itself names, as all do since 2026-07-28; null in older versions.</summary>
    public string? Version { get; init; }

    /// <summary>Headers that repeat parts of the message.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The id of the request that this message cancels, as it is written; null if it cancels none.</summary>
    public string? Cancels { get; init; }

    public bool IsInitialize => Facts is { IsRequest: true, Method: "initialize" };

    /// <summary>Reads a line. What is not JSON is a message without facts.</summary>
    /// <param name="line">The line.</param>
    /// <param name="tools">What is known of tools.</param>
    public static ClientMessage Read(ReadOnlyMemory<byte> line, ToolHeaders tools)
    {
        var message = new ClientMessage { Line = line, Facts = MessageFacts.Read(line.Span) };
        if (message.Facts.Method is not { } method)
            return message;
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 1024 });
            return document.RootElement.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object
                ? message.With(method, parameters, tools)
                : message;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Text that is not UTF-8: the server says what it thinks of that.
            return message;
        }
    }

    private ClientMessage With(string method, JsonElement parameters, ToolHeaders tools)
    {
        var message = this;
        if (method == "notifications/cancelled" && parameters.TryGetProperty("requestId", out var cancelled))
            message = message with { Cancels = cancelled.GetRawText() };
        if (Text(parameters, "_meta", VersionKey) is not { } version)
            return message;
        List<KeyValuePair<string, string>> headers = [new("Mcp-Method", HeaderValue.Encode(method))];
        var name = method switch
        {
            "tools/call" or "prompts/get" => Text(parameters, "name"),
            "resources/read" => Text(parameters, "uri"),
            _ => null,
        };
        if (name is not null)
            headers.Add(new("Mcp-Name", HeaderValue.Encode(name)));
        if (name is not null && method == "tools/call" && parameters.TryGetProperty("arguments", out var arguments))
            headers.AddRange(tools.For(name, arguments));
        return message with { Version = version, Headers = headers };
    }

    private static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
