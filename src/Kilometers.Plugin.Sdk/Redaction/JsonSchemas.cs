using System.Text.Json;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Tells the description of a parameter from its value: tools with a parameter "token" describe it in every list of tools.</summary>
internal static class JsonSchemas
{
    private const int MaxMembers = 24;

    private static readonly string[] Keywords =
    [
        "type",
        "description",
        "title",
        "default",
        "enum",
        "const",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "examples",
        "items",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
        "oneOf",
        "allOf",
        "$ref",
        "nullable",
        "deprecated",
        "writeOnly",
        "readOnly",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minItems",
        "maxItems",
        "in",
        "name",
        "schema",
        "$schema",
    ];

    private static readonly string[] Types = ["string", "number", "integer", "boolean", "object", "array", "null"];

    /// <param name="reader">At the beginning of an object; a copy, which may be moved.</param>
    public static bool IsSchema(Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        var described = false;
        for (var members = 0; members < MaxMembers && reader.Read(); members++)
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return described;
            var name = reader.GetString();
            if (!Keywords.Contains(name) || !reader.Read())
                return false;
            described |=
                name is "anyOf" or "oneOf" or "allOf" or "$ref"
                || (name == "type" && reader.TokenType == JsonTokenType.String && Types.Contains(reader.GetString()));
            if (!reader.TrySkip())
                return false;
        }
        return false;
    }
}
