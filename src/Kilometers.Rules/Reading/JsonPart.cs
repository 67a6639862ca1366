using System.Globalization;
using System.Text.Json;

namespace Kilometers.Rules.Reading;

/// <summary>A JSON value that knows where it is in its file.</summary>
internal sealed record JsonPart(JsonValueKind Kind, int Line, int Column, string Path)
{
    private const int MaxDepth = 32;

    private static readonly JsonReaderOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = MaxDepth,
    };

    /// <summary>Of a string, what it says; of a number, how it is written.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of an object, in order; a name may be there twice.</summary>
    public List<(JsonPart Name, JsonPart Value)> Members { get; } = [];

    /// <summary>Of an array.</summary>
    public List<JsonPart> Items { get; } = [];

    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonPart Read(ReadOnlySpan<byte> json)
    {
        var lines = new List<int> { 0 };
        for (var at = 0; at < json.Length; at++)
            if (json[at] == (byte)'\n')
                lines.Add(at + 1);
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        var part = Value(ref reader, lines, "");
        reader.Read();
        return part;
    }

    private static JsonPart Value(ref Utf8JsonReader reader, List<int> lines, string path)
    {
        var part = Here(ref reader, lines, path);
        if (part.Kind == JsonValueKind.Object)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = Here(ref reader, lines, $"{path}/{Escaped(TextOf(ref reader))}");
                reader.Read();
                part.Members.Add((name, Value(ref reader, lines, name.Path)));
            }
        }
        else if (part.Kind == JsonValueKind.Array)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                part.Items.Add(Value(ref reader, lines, $"{path}/{part.Items.Count.ToString(CultureInfo.InvariantCulture)}"));
        }

        return part;
    }

    private static JsonPart Here(ref Utf8JsonReader reader, List<int> lines, string path)
    {
        var start = (int)reader.TokenStartIndex;
        var line = lines.BinarySearch(start) is >= 0 and var exact ? exact : ~lines.BinarySearch(start) - 1;
        var kind = reader.TokenType switch
        {
            JsonTokenType.StartObject => JsonValueKind.Object,
            JsonTokenType.StartArray => JsonValueKind.Array,
            JsonTokenType.Number => JsonValueKind.Number,
            JsonTokenType.True => JsonValueKind.True,
            JsonTokenType.False => JsonValueKind.False,
            JsonTokenType.Null => JsonValueKind.Null,
            _ => JsonValueKind.String,
        };
        return new JsonPart(kind, line + 1, start - lines[line] + 1, path)
        {
            Text = kind is JsonValueKind.String or JsonValueKind.Number ? TextOf(ref reader) : "",
        };
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.TokenType == JsonTokenType.Number
                ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan)
                : reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("A text is not valid Unicode.");
        }
    }

    private static string Escaped(string step) =>
        step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
