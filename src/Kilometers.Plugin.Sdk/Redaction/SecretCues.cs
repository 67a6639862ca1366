using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Where a secret is, seen from what announces it; see <c>secret-cues.txt</c>.</summary>
internal enum CuedPlace
{
    Word,
    Name,
    Line,
    Next,
    List,
    Rest,
    Column,
    First,
    Second,
    Third,
    Fourth,
    Row,
    Slash,
    Call,
    Path,
    Piped,
    Before,
    String,
    Value,
    Entries,
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

    private readonly char _third = Text.Length > Word + 2 ? char.ToLowerInvariant(Text[Word + 2]) : '\0';

    /// <summary>Whether the third character of a word may be that of its first word: most are told by it.</summary>
    public bool MayBe(string text, int position) =>
        _third == '\0'
        || (position + 2 < text.Length && (text[position + 2] == _third || char.ToLowerInvariant(text[position + 2]) == _third));

    /// <summary>The second and third characters of its first word; one that is shorter goes on with any.</summary>
    public IEnumerable<(char, char)> GoesOn =>
        Enumerable
            .Range(0, 128)
            .Where(third => _third == '\0' || third == _third)
            .Select(third => (char.ToLowerInvariant(Text[Word + 1]), (char)third));

    /// <summary>Whether a text has it at a position.</summary>
    public bool IsAt(string text, int position) => position >= 0 && text.AsSpan(position).StartsWith(Text, _comparison);
}

/// <summary>The table <c>secret-cues.txt</c>, read when the first text is masked.</summary>
internal static class SecretCues
{
    private const string Resource = "Kilometers.Plugin.Sdk.Redaction.secret-cues.txt";

    private static readonly Lazy<SecretCue[]> Table = new(static () => [.. Read()]);

    /// <summary>By the first two characters of their first word, in lower case.</summary>
    private static readonly Lazy<FrozenDictionary<int, SecretCue[]>> ByWord = new(static () =>
        Table
            .Value.Where(static cue => Ascii.IsValid(cue.Text))
            .GroupBy(static cue => Key(cue.Text, cue.Word))
            .ToFrozenDictionary(static group => group.Key, static group => group.ToArray())
    );

    private static readonly Lazy<Beginnings> Begins = new(static () =>
        new(ByWord.Value.Values.Select(static cues => (Lower(cues[0].Text[cues[0].Word]), Lower(cues[0].Text[cues[0].Word + 1]))))
    );

    /// <summary>The second and third characters.</summary>
    private static readonly Lazy<Beginnings> GoesOn = new(static () =>
        new(ByWord.Value.Values.SelectMany(static cues => cues).SelectMany(static cue => cue.GoesOn))
    );

    /// <summary>Those in other letters, by the first of these.</summary>
    private static readonly Lazy<FrozenDictionary<char, (SecretCue Cue, int Letter)[]>> ByLetter = new(static () =>
        Table
            .Value.Where(static cue => !Ascii.IsValid(cue.Text))
            .Select(static cue => (Cue: cue, Letter: cue.Text.AsSpan().IndexOfAnyExceptInRange('\0', '\x7f')))
            .SelectMany(static found =>
                new[] { found.Cue.Text[found.Letter], char.ToUpperInvariant(found.Cue.Text[found.Letter]) }
                    .Distinct()
                    .Select(letter => (Letter: letter, Found: found))
            )
            .GroupBy(static pair => pair.Letter, static pair => pair.Found)
            .ToFrozenDictionary(static group => group.Key, static group => group.ToArray())
    );

    /// <summary>What a password is called in other languages.</summary>
    public static IEnumerable<string> Names => Table.Value.Where(static cue => cue.Place == CuedPlace.Name).Select(static cue => cue.Text);

    /// <summary>Whether a cue's first word may be at a position; false is certain.</summary>
    public static bool MayBegin(string text, int position) =>
        position + 1 < text.Length
        && Begins.Value.Contains(Lower(text[position]), Lower(text[position + 1]))
        && (position + 2 == text.Length || GoesOn.Value.Contains(Lower(text[position + 1]), Lower(text[position + 2])));

    /// <summary>The cues whose first word may be at a position.</summary>
    public static SecretCue[] Beginning(string text, int position) => ByWord.Value.GetValueOrDefault(Key(text, position), []);

    /// <summary>The cues in other letters than those of ASCII, where a text has them.</summary>
    public static IEnumerable<(SecretCue Cue, int Position)> InOtherLetters(string text)
    {
        for (var at = Next(text, 0); at < text.Length; at = Next(text, at + 1))
        {
            if (!ByLetter.Value.TryGetValue(text[at], out var cues))
                continue;
            foreach (var (cue, letter) in cues)
            {
                if (cue.IsAt(text, at - letter))
                    yield return (cue, at - letter);
            }
        }
    }

    private static int Next(string text, int position) =>
        text.AsSpan(position).IndexOfAnyExceptInRange('\0', '\x7f') is >= 0 and var found ? position + found : text.Length;

    private static int Key(string text, int position) => (Lower(text[position]) << 16) | Lower(text[position + 1]);

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
            // What is not JSON comes as its bytes, a character each, and these have no capital letters.
            if (Ascii.IsValid(cue))
                continue;
            place = place is "name" ? "word" : place;
            yield return Create(AsBytes(cue), place);
            if (char.IsLower(cue[0]) && cue[0] >= 128)
                yield return Create(AsBytes(char.ToUpperInvariant(cue[0]) + cue[1..]), place);
        }
    }

    private static string AsBytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static SecretCue Create(string text, string place)
    {
        var word = 0;
        while (word < text.Length - 2 && !Characters.IsWord(text[word]))
            word++;
        return new(text, word, Enum.Parse<CuedPlace>(place, ignoreCase: true));
    }
}
