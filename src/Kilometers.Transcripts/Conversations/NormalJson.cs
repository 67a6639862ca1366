using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kilometers.Transcripts.Conversations;

/// <summary>
/// JSON values by what they mean: the order of members, blanks, escapes and the spelling of numbers do not matter. Members named
/// <c>_meta</c> are left out: they carry what differs each time, such as progress tokens and trace contexts.
/// </summary>
internal static class NormalJson
{
    /// <summary>The parameters of a request as one text; no parameters are the same as empty ones.</summary>
    public static string OfParameters(JsonElement? parameters)
    {
        if (parameters is not { ValueKind: not JsonValueKind.Null } value)
            return "{}";
        try
        {
            var text = new StringBuilder();
            Append(text, value);
            return text.ToString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in a name: it means nothing but itself.
            return value.GetRawText();
        }
    }

    /// <summary>What a JSON text says; one that is not valid Unicode stays as it is written.</summary>
    public static string Text(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }

    /// <summary>A number in one spelling, if it is not too large for that.</summary>
    public static string Number(JsonElement number) =>
        number.TryGetDecimal(out var value)
            ? value.ToString("0.############################", CultureInfo.InvariantCulture)
            : number.GetRawText();

    /// <summary>The members that matter, by name; the last of two with one name.</summary>
    public static SortedDictionary<string, JsonElement> Members(JsonElement value)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
            if (member.Name != "_meta")
                members[member.Name] = member.Value;
        return members;
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var (name, member) in Members(value))
                {
                    text.Append(JsonEncodedText.Encode(name)).Append(':');
                    Append(text, member);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                {
                    Append(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            case JsonValueKind.String:
                text.Append('"').Append(JsonEncodedText.Encode(Text(value))).Append('"');
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }
}
