using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kilometers.Audit.Storage;

/// <summary>Makes texts fit for a record: one line that no terminal is misled by, of bounded length, without keys of ours.</summary>
internal static partial class RecordText
{
    public const int MaxLength = 200,
        MaxDetail = 2000;

    /// <summary>A part this long is not a key's id.</summary>
    private const int MaxKeyId = 24;

    /// <param name="text">Any text.</param>
    /// <param name="longest">In UTF-16 units, at least 1.</param>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text, int longest = MaxLength)
    {
        if (text is null)
            return null;

        // First the keys: what is cut or replaced afterwards must not leave a part that is no longer recognised.
        text = ApiKey().Replace(text, Mask);
        var clean = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > longest)
            {
                while (clean.Length >= longest)
                    clean.Length -= char.IsLowSurrogate(clean[^1]) ? 2 : 1;
                clean.Append('…');
                break;
            }

            clean.Append(IsMisleading(rune) ? " " : rune.ToString());
        }

        return clean.ToString();
    }

    /// <summary>The first facts of many, each cleaned; of two with one name the first.</summary>
    public static IReadOnlyDictionary<string, string> CleanAll(IReadOnlyDictionary<string, string> data)
    {
        var clean = new Dictionary<string, string>();
        foreach (var (name, value) in data.Take(AuditRecord.MaxData))
            clean.TryAdd(Clean(name), Clean(value));
        return clean;
    }

    /// <summary>Line ends, escape sequences, and what changes the direction or the look of the text around it.</summary>
    private static bool IsMisleading(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    private static string Mask(Match key)
    {
        var id = key.Groups["id"];
        if (id.Success)
            return $"{key.Groups["kind"].Value}{id.Value}_***";

        // No second part: an id alone may stay, anything longer is taken for a secret.
        var rest = key.Groups["rest"].Value;
        return rest.Length <= MaxKeyId ? key.Value : key.Groups["kind"].Value + "***";
    }

    [GeneratedRegex(
        """(?<kind>km_(?:live|test)_)(?:(?<id>[A-Za-z0-9-]{1,64})_[^\s"'<>,;)\]}]*|(?<rest>[^\s"'<>,;)\]}]*))""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex ApiKey();
}
