using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Where a secret is, seen from what announces it; see <c>secret-cues.txt</c>.</summary>
internal enum CuedPlace
{
    Word,
    Line,
    Next,
    List,
    Rest,
    Third,
    Call,
    Path,
    Piped,
    Before,
    Value,
}

/// <summary>What announces a secret.</summary>
/// <param name="Text">How it is written.</param>
/// <param name="Word">Where its first word begins in that.</param>
/// <param name="Place">Where the secret is.</param>
internal sealed record SecretCue(string Text, int Word, CuedPlace Place)
{
    /// <summary>One with a capital letter is found as it is written, any other in any case.</summary>
    private readonly StringComparison _comparison = Text.Any(char.IsAsciiLetterUpper)
        ? StringComparison.Ordinal
        : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether a text has it at a position.</summary>
    public bool IsAt(string text, int position) => position >= 0 && text.AsSpan(position).StartsWith(Text, _comparison);
}

/// <summary>The table <c>secret-cues.txt</c>, read when the first text is masked.</summary>
internal static class SecretCues
{
    private const string Resource = "Kilometers.Plugin.Sdk.Redaction.secret-cues.txt";

    private static readonly Lazy<SecretCue[]> Table = new(static () => [.. Read()]);

    /// <summary>By the first two characters of their first word, in lower case.</summary>
    private static readonly Lazy<FrozenDictionary<(char, char), SecretCue[]>> ByWord = new(static () =>
        Table
            .Value.Where(static cue => Ascii.IsValid(cue.Text))
            .GroupBy(static cue => Key(cue.Text, cue.Word))
            .ToFrozenDictionary(static group => group.Key, static group => group.ToArray())
    );

    private static readonly Lazy<Beginnings> Begins = new(static () => new(ByWord.Value.Keys));

    private static readonly Lazy<SecretCue[]> Foreign = new(static () => [.. Table.Value.Where(static cue => !Ascii.IsValid(cue.Text))]);

    private static readonly Lazy<SearchValues<string>> ForeignTexts = new(static () =>
        SearchValues.Create([.. Foreign.Value.Select(static cue => cue.Text)], StringComparison.OrdinalIgnoreCase)
    );

    /// <summary>Whether a cue's first word may be at a position; false is certain.</summary>
    public static bool MayBegin(string text, int position) =>
        position + 1 < text.Length && Begins.Value.Contains(Lower(text[position]), Lower(text[position + 1]));

    /// <summary>The cues whose first word may be at a position.</summary>
    public static SecretCue[] Beginning(string text, int position) => ByWord.Value.GetValueOrDefault(Key(text, position), []);

    /// <summary>The cues in other letters than those of ASCII, where a text has them.</summary>
    public static IEnumerable<(SecretCue Cue, int Position)> InOtherLetters(string text)
    {
        if (Ascii.IsValid(text))
            yield break;
        for (var at = Next(text, 0); at >= 0; at = Next(text, at + 1))
        {
            foreach (var cue in Foreign.Value)
            {
                if (cue.IsAt(text, at))
                    yield return (cue, at);
            }
        }
    }

    private static int Next(string text, int position) =>
        text.AsSpan(position).IndexOfAny(ForeignTexts.Value) is >= 0 and var found ? position + found : -1;

    private static (char, char) Key(string text, int position) => (Lower(text[position]), Lower(text[position + 1]));

    private static char Lower(char value) => char.IsAsciiLetterUpper(value) ? (char)(value | 0x20) : value;

    private static IEnumerable<SecretCue> Read()
    {
        using var stream = typeof(SecretCues).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("The table of cues is not in the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line is "" or ['#', ..] || line.Split(' ', 2, StringSplitOptions.TrimEntries) is not [var place, var cue])
                continue;
            cue = cue.Replace("\\s", " ", StringComparison.Ordinal);
            yield return Create(cue, place);
            // Text within JSON comes as its bytes, a character each.
            if (!Ascii.IsValid(cue))
                yield return Create(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(cue)), place);
        }
    }

    private static SecretCue Create(string text, string place)
    {
        var word = 0;
        while (word < text.Length - 2 && !Characters.IsWord(text[word]))
            word++;
        return new(text, word, Enum.Parse<CuedPlace>(place, ignoreCase: true));
    }
}
