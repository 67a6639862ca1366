using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>Which messages carry definitions, and what is read of them.</summary>
internal static class ListAnswer
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 128 };

    /// <summary>The kind of the definitions in the answer to a method; null: none are in it.</summary>
    public static DefinitionKind? KindOf(string method) =>
        method switch
        {
            "initialize" or "server/discover" => DefinitionKind.Instructions,
            "tools/list" => DefinitionKind.Tool,
            "prompts/list" => DefinitionKind.Prompt,
            "resources/list" => DefinitionKind.Resource,
            "resources/templates/list" => DefinitionKind.ResourceTemplate,
            _ => null,
        };

    /// <summary>The cursor in the request of a list; null: it asks for the first page.</summary>
    public static string? CursorOf(ReadOnlyMemory<byte> request)
    {
        try
        {
            using var json = JsonDocument.Parse(request, Options);
            return
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("params", out var parameters)
                && parameters.ValueKind == JsonValueKind.Object
                && parameters.TryGetProperty("cursor", out var cursor)
                && cursor.ValueKind != JsonValueKind.Null
                ? cursor.GetRawText()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is in an answer.</summary>
    /// <param name="kind">What it lists.</param>
    /// <param name="message">The answer.</param>
    /// <param name="next">The cursor of the next page; null: there is none.</param>
    /// <returns>Null where it cannot be read as a whole.</returns>
    public static IReadOnlyList<SentDefinition>? Read(DefinitionKind kind, ObservedMessage message, out string? next)
    {
        next = null;
        if (message.IsTruncated || message.PayloadOmitted)
            return null;
        try
        {
            using var json = JsonDocument.Parse(message.Payload, Options);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("result", out var result))
                return null;
            if (
                result.ValueKind == JsonValueKind.Object
                && result.TryGetProperty("nextCursor", out var cursor)
                && cursor.ValueKind == JsonValueKind.String
            )
                next = cursor.GetRawText();
            return DefinitionReader.Read(kind, result);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second: not UTF-8.
            return null;
        }
    }
}
