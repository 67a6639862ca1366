using System.Collections.Concurrent;
using System.Text.Json;

namespace Kilometers.Http.Bridge;

/// <summary>Which arguments of which tools go into headers as well: a tool's schema says so (<c>x-mcp-header</c>), in the answer to <c>tools/list</c>.</summary>
internal sealed class ToolHeaders
{
    private const string Annotation = "x-mcp-header";
    private const string Prefix = "Mcp-Param-";

    /// <summary>Schemas nest no deeper.</summary>
    private const int MaxDepth = 32;

    private readonly ConcurrentDictionary<string, IReadOnlyList<(string Header, string[] Path)>> _tools = new(StringComparer.Ordinal);

    /// <summary>Takes what an answer says.</summary>
    /// <param name="response">The response to <c>tools/list</c>.</param>
    public void Learn(JsonElement response)
    {
        if (
            response.ValueKind != JsonValueKind.Object
            || !response.TryGetProperty("result", out var result)
            || result.ValueKind != JsonValueKind.Object
            || !result.TryGetProperty("tools", out var tools)
            || tools.ValueKind != JsonValueKind.Array
        )
            return;
        foreach (var tool in tools.EnumerateArray().Where(tool => tool.ValueKind == JsonValueKind.Object))
        {
            if (!tool.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
                continue;
            var found = new List<(string, string[])>();
            if (tool.TryGetProperty("inputSchema", out var schema))
                Find(schema, [], found);
            _tools[name.GetString()!] = found;
        }
    }

    /// <summary>The headers of a call.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">What it is called with.</param>
    public IEnumerable<KeyValuePair<string, string>> For(string tool, JsonElement arguments)
    {
        foreach (var (header, path) in _tools.GetValueOrDefault(tool, []))
        {
            var value = arguments;
            if (
                path.All(name => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out value))
                && HeaderValue.Encode(value) is { } text
            )
                yield return new KeyValuePair<string, string>(Prefix + header, text);
        }
    }

    /// <summary>Only what is reached through <c>properties</c> alone counts.</summary>
    private static void Find(JsonElement schema, string[] path, List<(string, string[])> found)
    {
        if (
            path.Length > MaxDepth
            || schema.ValueKind != JsonValueKind.Object
            || !schema.TryGetProperty("properties", out var properties)
            || properties.ValueKind != JsonValueKind.Object
        )
            return;
        foreach (var property in properties.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Object))
        {
            string[] own = [.. path, property.Name];
            if (
                property.Value.TryGetProperty(Annotation, out var header)
                && header.ValueKind == JsonValueKind.String
                && IsToken(header.GetString()!)
            )
                found.Add((header.GetString()!, own));
            Find(property.Value, own, found);
        }
    }

    private static bool IsToken(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
