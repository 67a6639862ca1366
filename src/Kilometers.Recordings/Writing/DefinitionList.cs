using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Kilometers.Recordings.Writing;

/// <summary>A tool, prompt, resource or resource template as a server described it.</summary>
/// <param name="Kind"><c>tool</c>, <c>prompt</c>, <c>resource</c> or <c>template</c>.</param>
/// <param name="Name">Its name; of a resource its URI.</param>
/// <param name="Content">The JSON, as it was sent.</param>
internal sealed record Definition(string Kind, string Name, string Content)
{
    /// <summary>SHA-256 of the content, hexadecimal.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content)));
}

/// <summary>Reads the answers to <c>tools/list</c> and its like.</summary>
internal static class DefinitionList
{
    private static readonly Dictionary<string, (string Kind, string Member, string Name)> Methods = new()
    {
        ["tools/list"] = ("tool", "tools", "name"),
        ["prompts/list"] = ("prompt", "prompts", "name"),
        ["resources/list"] = ("resource", "resources", "uri"),
        ["resources/templates/list"] = ("template", "resourceTemplates", "uriTemplate"),
    };

    public static bool IsListed(string method) => Methods.ContainsKey(method);

    /// <returns>None where the message is not such an answer.</returns>
    public static IReadOnlyList<Definition> Read(string method, ReadOnlyMemory<byte> message)
    {
        if (!Methods.TryGetValue(method, out var list))
            return [];
        try
        {
            using var document = JsonDocument.Parse(message);
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("result", out var result)
                || result.ValueKind != JsonValueKind.Object
                || !result.TryGetProperty(list.Member, out var items)
                || items.ValueKind != JsonValueKind.Array
            )
                return [];
            return
            [
                .. from item in items.EnumerateArray()
                where
                    item.ValueKind == JsonValueKind.Object
                    && item.TryGetProperty(list.Name, out var name)
                    && name.ValueKind == JsonValueKind.String
                select new Definition(list.Kind, item.GetProperty(list.Name).GetString()!, item.GetRawText()),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }
}
