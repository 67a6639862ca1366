using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>
/// Takes a server's definitions apart, value by value. What it has no room for becomes a hash, so that a change of it is still a change.
/// </summary>
internal static class DefinitionReader
{
    /// <summary>Definitions of one list that are told apart.</summary>
    public const int MaxDefinitions = 1000;

    /// <summary>Values of one definition that are told apart.</summary>
    public const int MaxFields = 200;

    /// <summary>Values of one list that are told apart.</summary>
    public const int MaxListFields = 10_000;

    /// <summary>The name of the rest.</summary>
    public const string Rest = "(everything else)";

    private const int MaxName = 200;
    private const int MaxPath = 200;

    /// <summary>What comes and goes without meaning anything.</summary>
    private static readonly HashSet<string> Volatile = ["size", "annotations.lastModified"];

    /// <summary>The definitions in the result of a list.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="result">The result.</param>
    public static IReadOnlyList<SentDefinition> Read(DefinitionKind kind, JsonElement result)
    {
        if (kind == DefinitionKind.Instructions)
            return
                result.ValueKind == JsonValueKind.Object
                && result.TryGetProperty("instructions", out var text)
                && text.ValueKind == JsonValueKind.String
                ? [new(kind, "instructions", [new("instructions", TextOf(text))])]
                : [];
        if (
            result.ValueKind != JsonValueKind.Object
            || !result.TryGetProperty(MemberOf(kind), out var items)
            || items.ValueKind != JsonValueKind.Array
        )
            return [];

        var definitions = new List<SentDefinition>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        using var rest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hasRest = false;
        var left = MaxListFields;
        foreach (var item in items.EnumerateArray())
        {
            if (definitions.Count >= MaxDefinitions)
            {
                rest.AppendData(Encoding.UTF8.GetBytes(item.GetRawText()));
                hasRest = true;
                continue;
            }

            var fields = FieldsOf(kind, item, Math.Min(MaxFields, left));
            left -= fields.Count;
            definitions.Add(new(kind, Unique(NameOf(kind, item), names), fields));
        }

        if (hasRest)
            definitions.Add(new(kind, Rest, [new("content", Convert.ToHexStringLower(rest.GetHashAndReset()))]));
        return definitions;
    }

    /// <summary>The member of a result that a list is in.</summary>
    private static string MemberOf(DefinitionKind kind) =>
        kind switch
        {
            DefinitionKind.Tool => "tools",
            DefinitionKind.Prompt => "prompts",
            DefinitionKind.Resource => "resources",
            _ => "resourceTemplates",
        };

    private static string NameOf(DefinitionKind kind, JsonElement item)
    {
        var member = kind switch
        {
            DefinitionKind.Resource => "uri",
            DefinitionKind.ResourceTemplate => "uriTemplate",
            _ => "name",
        };
        if (
            item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty(member, out var value)
            || value.ValueKind != JsonValueKind.String
        )
            return "(without a name)";
        // A name identifies, so it is masked here, once: the address of a resource can have a password or a token in it.
        var name = SecretMasker.Redact(TextOf(value));
        return name.Length <= MaxName ? name : $"{name[..MaxName]}… {DefinitionField.HashOf(name)[..8]}";
    }

    /// <summary>A server that lists a name twice must not have one hide behind the other.</summary>
    private static string Unique(string name, HashSet<string> names)
    {
        var unique = name;
        for (var number = 2; !names.Add(unique); number++)
            unique = string.Create(CultureInfo.InvariantCulture, $"{name} ({number})");
        return unique;
    }

    private static List<SentField> FieldsOf(DefinitionKind kind, JsonElement item, int max)
    {
        var fields = new List<SentField>();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var rest = new StringBuilder();
        Walk(item, "");
        if (rest.Length > 0)
            fields.Add(new(Rest, DefinitionField.HashOf(rest.ToString())));
        return fields;

        void Walk(JsonElement value, string path)
        {
            if (kind == DefinitionKind.Resource && Volatile.Contains(path))
                return;
            if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any())
            {
                foreach (var member in value.EnumerateObject())
                    Walk(member.Value, path.Length == 0 ? Step(NameOf(member)) : $"{path}.{Step(NameOf(member))}");
            }
            else if (
                value.ValueKind == JsonValueKind.Array
                && value.EnumerateArray().Any(one => one.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            )
            {
                var index = 0;
                foreach (var element in value.EnumerateArray())
                    Walk(element, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"));
            }
            else if (fields.Count < max && path.Length <= MaxPath)
            {
                fields.Add(new(Unique(path, paths), TextOf(value)));
            }
            else
            {
                rest.Append(path).Append('\0').Append(TextOf(value)).Append('\0');
            }
        }
    }

    /// <summary>A member's name in a path: quoted where it could be taken for more than one step.</summary>
    private static string Step(string name) =>
        name.Length > 0 && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '$')
            ? name
            : $"\"{JsonEncodedText.Encode(name)}\"";

    /// <summary>A name or value that is not valid text is taken as it is written.</summary>
    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "(not text)";
        }
    }

    private static string TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return value.ValueKind == JsonValueKind.Undefined ? "" : value.GetRawText();
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText();
        }
    }
}
