using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Comparing;

/// <summary>A place where two JSON values differ.</summary>
/// <param name="Path">The names and positions that lead there, such as <c>content[0].text</c>.</param>
/// <param name="Before">The value as compact JSON; null where there is none.</param>
/// <param name="After">The other one.</param>
public sealed record JsonDifference(string Path, string? Before, string? After);

/// <summary>Finds where JSON values differ in what they mean (<see cref="NormalJson"/>).</summary>
internal static class JsonDifferences
{
    /// <summary>What a secret was replaced by when it was recorded.</summary>
    private const string Mask = "***";

    /// <summary>More are not looked for: the values are different, then.</summary>
    private const int MaxDifferences = 200;

    /// <summary>The differences, in order of the places.</summary>
    /// <param name="before">A value; null: nothing.</param>
    /// <param name="after">The other one.</param>
    /// <param name="masked">Whether a masked value, on either side, stands for any other.</param>
    public static IReadOnlyList<JsonDifference> Of(JsonElement? before, JsonElement? after, bool masked = false)
    {
        var found = new List<JsonDifference>();
        try
        {
            Compare(found, "", before, after, masked);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in a name: only the same writing is the same.
            found.Clear();
            if (before?.GetRawText() != after?.GetRawText())
                found.Add(new JsonDifference("", before?.GetRawText(), after?.GetRawText()));
        }

        return found;
    }

    /// <summary>Whether a text with masked parts may have been another before.</summary>
    public static bool MayHaveBeen(string masked, string text)
    {
        if (!masked.Contains(Mask, StringComparison.Ordinal))
            return masked == text;
        var parts = masked.Split(Mask);
        if (!text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal))
            return false;
        var at = parts[0].Length;
        foreach (var part in parts.AsSpan(1, parts.Length - 2))
        {
            var next = text.IndexOf(part, at, StringComparison.Ordinal);
            if (next < 0)
                return false;
            at = next + part.Length;
        }

        return at <= text.Length - parts[^1].Length;
    }

    /// <summary>Whether a value has a masked part.</summary>
    public static bool IsMasked(ReadOnlySpan<byte> json) => json.IndexOf("***"u8) >= 0;

    private static void Compare(List<JsonDifference> found, string path, JsonElement? before, JsonElement? after, bool masked)
    {
        if (found.Count >= MaxDifferences || (before is null && after is null))
            return;
        if (before is not { } one || after is not { } other)
        {
            found.Add(new JsonDifference(path, Text(before), Text(after)));
            return;
        }

        if (one.ValueKind == JsonValueKind.Object && other.ValueKind == JsonValueKind.Object)
        {
            var (left, right) = (NormalJson.Members(one), NormalJson.Members(other));
            foreach (var name in left.Keys.Union(right.Keys).Order(StringComparer.Ordinal))
                Compare(found, Member(path, name), Get(left, name), Get(right, name), masked);
        }
        else if (one.ValueKind == JsonValueKind.Array && other.ValueKind == JsonValueKind.Array)
        {
            var (left, right) = (one.EnumerateArray().ToList(), other.EnumerateArray().ToList());
            for (var at = 0; at < Math.Max(left.Count, right.Count) && found.Count < MaxDifferences; at++)
                Compare(
                    found,
                    string.Create(CultureInfo.InvariantCulture, $"{path}[{at}]"),
                    at < left.Count ? left[at] : null,
                    at < right.Count ? right[at] : null,
                    masked
                );
        }
        else if (!IsSame(one, other, masked))
            found.Add(new JsonDifference(path, Text(one), Text(other)));
    }

    private static bool IsSame(JsonElement one, JsonElement other, bool masked) =>
        (masked && (MayBe(one, other) || MayBe(other, one)))
        || (
            one.ValueKind == other.ValueKind
            && one.ValueKind switch
            {
                JsonValueKind.String => NormalJson.Text(one) == NormalJson.Text(other),
                JsonValueKind.Number => NormalJson.Number(one) == NormalJson.Number(other),
                _ => true,
            }
        );

    /// <summary>A secret that was not a text became one.</summary>
    private static bool MayBe(JsonElement masked, JsonElement value) =>
        masked.ValueKind == JsonValueKind.String
        && NormalJson.Text(masked) is var text
        && (text == Mask || (value.ValueKind == JsonValueKind.String && MayHaveBeen(text, NormalJson.Text(value))));

    private static JsonElement? Get(SortedDictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out var value) ? value : null;

    private static string Member(string path, string name)
    {
        var isPlain = name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '$' or '/');
        var written = isPlain ? name : $"\"{JsonEncodedText.Encode(name)}\"";
        return path.Length == 0 ? written : $"{path}.{written}";
    }

    private static string? Text(JsonElement? value)
    {
        if (value is not { } known)
            return null;
        using var stream = new MemoryStream();
        using (
            var writer = new Utf8JsonWriter(
                stream,
                new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            )
        )
            known.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}
