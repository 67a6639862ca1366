using System.Text.Json;

namespace Kilometers.Transcripts.Checking;

/// <summary>
/// What MCP asks of definitions, and JSON Schema of the schemas in them: enough to find what makes clients reject a tool. This is not a
/// validator of whole schemas.
/// </summary>
internal static class SchemaRules
{
    private const int MaxDepth = 40;

    private static readonly string[] Types = ["string", "number", "integer", "boolean", "object", "array", "null"];

    /// <summary>Members whose value is a schema.</summary>
    private static readonly string[] Schemas =
    [
        "additionalProperties",
        "items",
        "contains",
        "not",
        "if",
        "then",
        "else",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    ];

    /// <summary>Members whose value is an array of schemas.</summary>
    private static readonly string[] Lists = ["allOf", "anyOf", "oneOf", "prefixItems"];

    /// <summary>Members whose value is an object of schemas.</summary>
    private static readonly string[] Maps = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

    /// <summary>What is wrong with a definition.</summary>
    public static IEnumerable<string> Problems(string kind, string name, JsonElement definition)
    {
        if (name.Length == 0)
            yield return $"{kind}: its name is empty";
        if (definition.TryGetProperty("description", out var description) && description.ValueKind != JsonValueKind.String)
            yield return $"{kind} {name}: description is not a text";
        if (kind != "tool")
            yield break;
        if (!definition.TryGetProperty("inputSchema", out var input))
            yield return $"tool {name}: it has no inputSchema";
        else
            foreach (var problem in OfRoot(input))
                yield return $"tool {name}: inputSchema{problem}";
        if (definition.TryGetProperty("outputSchema", out var output))
            foreach (var problem in OfRoot(output))
                yield return $"tool {name}: outputSchema{problem}";
    }

    private static IEnumerable<string> OfRoot(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return [" is not an object"];
        if (!schema.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("object"))
            return [".type is not \"object\""];
        return Walk(schema, schema, "", 0);
    }

    private static IEnumerable<string> Walk(JsonElement root, JsonElement schema, string path, int depth)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return [];
        if (schema.ValueKind != JsonValueKind.Object)
            return [$"{path} is not a schema"];
        return depth > MaxDepth ? [$"{path} is nested too deeply"] : [.. Own(root, schema, path), .. Below(root, schema, path, depth)];
    }

    private static IEnumerable<string> Own(JsonElement root, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !IsType(type))
            yield return $"{path}.type is not a type of JSON Schema";
        if (schema.TryGetProperty("required", out var required))
        {
            if (required.ValueKind != JsonValueKind.Array || required.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
                yield return $"{path}.required is not an array of names";
            else if (schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
                foreach (var name in required.EnumerateArray().Where(name => !properties.TryGetProperty(name.GetString()!, out _)))
                    yield return $"{path}.required names {name.GetString()}, which properties does not have";
        }

        if (schema.TryGetProperty("enum", out var values) && (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() == 0))
            yield return $"{path}.enum is not an array of values";
        if (schema.TryGetProperty("$ref", out var reference) && !Resolves(root, reference))
            yield return $"{path}.$ref leads nowhere";
    }

    private static IEnumerable<string> Below(JsonElement root, JsonElement schema, string path, int depth)
    {
        foreach (var name in Schemas)
            if (schema.TryGetProperty(name, out var one) && !(name == "items" && one.ValueKind == JsonValueKind.Array))
                foreach (var problem in Walk(root, one, $"{path}.{name}", depth + 1))
                    yield return problem;
        foreach (var name in Lists.Where(name => schema.TryGetProperty(name, out _)))
        {
            var list = schema.GetProperty(name);
            if (list.ValueKind != JsonValueKind.Array)
                yield return $"{path}.{name} is not an array of schemas";
            else
                foreach (var problem in list.EnumerateArray().SelectMany((one, at) => Walk(root, one, $"{path}.{name}[{at}]", depth + 1)))
                    yield return problem;
        }

        foreach (var name in Maps.Where(name => schema.TryGetProperty(name, out _)))
        {
            var map = schema.GetProperty(name);
            if (map.ValueKind != JsonValueKind.Object)
                yield return $"{path}.{name} is not an object of schemas";
            else
                foreach (
                    var problem in map.EnumerateObject().SelectMany(one => Walk(root, one.Value, $"{path}.{name}.{one.Name}", depth + 1))
                )
                    yield return problem;
        }
    }

    private static bool IsType(JsonElement type) =>
        type.ValueKind switch
        {
            JsonValueKind.String => Types.Any(name => type.ValueEquals(name)),
            JsonValueKind.Array => type.GetArrayLength() > 0
                && type.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String && Types.Any(name => one.ValueEquals(name))),
            _ => false,
        };

    /// <summary>References within the schema are followed; what others lead to is not known here.</summary>
    private static bool Resolves(JsonElement root, JsonElement reference)
    {
        if (reference.ValueKind != JsonValueKind.String)
            return false;
        var text = reference.GetString()!;
        if (!text.StartsWith("#/", StringComparison.Ordinal))
            return true;
        var place = root;
        foreach (var step in text[2..].Split('/'))
        {
            var name = Uri.UnescapeDataString(step)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            if (place.ValueKind == JsonValueKind.Object && place.TryGetProperty(name, out var next))
                place = next;
            else if (place.ValueKind == JsonValueKind.Array && int.TryParse(name, out var at) && at >= 0 && at < place.GetArrayLength())
                place = place[at];
            else
                return false;
        }

        return true;
    }
}
