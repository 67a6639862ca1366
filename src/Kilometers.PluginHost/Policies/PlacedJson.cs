using System.Text.Json;
using System.Text.Unicode;

namespace Kilometers.PluginHost.Policies;

/// <summary>A place in a text file, as editors count: both from 1, columns in characters.</summary>
internal readonly record struct Place(int Line, int Column)
{
    /// <param name="text">The file, UTF-8.</param>
    /// <param name="offset">A byte in it, or its end.</param>
    public static Place Of(ReadOnlySpan<byte> text, int offset)
    {
        var before = text[..Math.Clamp(offset, 0, text.Length)];
        var line = before[(before.LastIndexOf((byte)'\n') + 1)..];
        var characters = 0;
        foreach (var unit in line)
            if ((unit & 0xC0) != 0x80)
                characters++;
        return new Place(before.Count((byte)'\n') + 1, characters + 1);
    }

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {Line}, column {Column}");
}

/// <summary>A file that is not what it should be, and where.</summary>
internal sealed class PlacedException(int offset, string why) : Exception(why)
{
    /// <summary>The byte at which the mistake stands.</summary>
    public int Offset => offset;
}

/// <summary>
/// A JSON value that knows where it stands, so that a rule which it breaks can be shown there. Strict: no comments, no trailing commas, no
/// member twice, nothing behind the value.
/// </summary>
internal sealed class PlacedJson
{
    private const int MaxDepth = 8;

    private PlacedJson(JsonTokenType kind, int offset, string text = "")
    {
        Kind = kind;
        Offset = offset;
        Text = text;
    }

    public JsonTokenType Kind { get; }

    /// <summary>The byte at which it begins.</summary>
    public int Offset { get; }

    /// <summary>A string's value, a number as it is written; else empty.</summary>
    public string Text { get; }

    /// <summary>An object's members, in their order.</summary>
    public List<(string Name, int Offset, PlacedJson Value)> Members { get; } = [];

    /// <summary>An array's elements.</summary>
    public List<PlacedJson> Elements { get; } = [];

    /// <exception cref="PlacedException">It is not JSON, or not strict.</exception>
    public static PlacedJson Parse(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
            throw new PlacedException(FirstInvalid(text), "this is not UTF-8");
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            var value = ReadValue(ref reader);
            while (reader.Read())
            {
                // Anything but white space behind the value is an exception of the reader's.
            }

            return value;
        }
        catch (JsonException e)
        {
            var message = e.Message.Split(" LineNumber: ")[0].TrimEnd('.');
            throw new PlacedException(OffsetOf(e, text), $"this is not JSON: {message}");
        }
    }

    private static PlacedJson ReadValue(ref Utf8JsonReader reader)
    {
        var offset = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new PlacedJson(JsonTokenType.String, offset, StringOf(ref reader, offset));
            case JsonTokenType.Number:
                return new PlacedJson(JsonTokenType.Number, offset, System.Text.Encoding.ASCII.GetString(reader.ValueSpan));
            case JsonTokenType.StartArray:
                var array = new PlacedJson(JsonTokenType.StartArray, offset);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    array.Elements.Add(ReadValue(ref reader));
                return array;
            case JsonTokenType.StartObject:
                var names = new HashSet<string>(StringComparer.Ordinal);
                var value = new PlacedJson(JsonTokenType.StartObject, offset);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var at = (int)reader.TokenStartIndex;
                    var name = StringOf(ref reader, at);
                    if (!names.Add(name))
                        throw new PlacedException(at, $"'{PolicyValues.Quoted(name)}' is there twice");
                    reader.Read();
                    value.Members.Add((name, at, ReadValue(ref reader)));
                }

                return value;
            default:
                return new PlacedJson(reader.TokenType, offset);
        }
    }

    private static string StringOf(ref Utf8JsonReader reader, int offset)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new PlacedException(offset, "this text has half of a character (a lone surrogate)");
        }
    }

    private static int OffsetOf(JsonException e, ReadOnlySpan<byte> text)
    {
        var offset = 0;
        for (var line = e.LineNumber ?? 0; line > 0 && text[offset..].IndexOf((byte)'\n') is var end and >= 0; line--)
            offset += end + 1;
        return offset + (int)(e.BytePositionInLine ?? 0);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        var offset = 0;
        while (System.Text.Rune.DecodeFromUtf8(text[offset..], out _, out var length) == System.Buffers.OperationStatus.Done)
            offset += length;
        return offset;
    }
}
