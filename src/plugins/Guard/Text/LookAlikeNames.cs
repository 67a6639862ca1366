using System.Text;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Whether two names can be taken for each other.</summary>
internal static class LookAlikeNames
{
    /// <summary>Shorter names differ by a letter all the time.</summary>
    private const int MinLength = 6;

    private const int MaxLength = 128;

    /// <summary>Of shorter words the beginning is often a word, too: <c>scroll_to</c>, <c>scroll_top</c>.</summary>
    private const int MinCutWord = 5;

    /// <summary>Longer ones that are another word without their last letter.</summary>
    private static readonly string[] TwoWords =
    [
        "chart",
        "event",
        "model",
        "personal",
        "plane",
        "planet",
        "plant",
        "range",
        "route",
        "start",
        "state",
        "theme",
    ];

    /// <summary>What <see cref="Compare"/> says where nobody could tell the names apart.</summary>
    public const string Same = "looks the same as";

    /// <summary>Why one name can be taken for the other, before the other name; null: it cannot, or they are the same.</summary>
    public static string? Compare(string one, string other)
    {
        if (one == other || one.Length > MaxLength || other.Length > MaxLength)
            return null;
        if (Skeleton(one) == Skeleton(other))
            return Same;
        return Math.Min(one.Length, other.Length) >= MinLength && IsTypingError(one, other) ? "differs by one letter from" : null;
    }

    /// <summary>Whether a name mixes letters of ASCII with letters of another script that look like them.</summary>
    public static bool IsMixed(string name) =>
        !Ascii.IsValid(name)
        && name.Any(char.IsAsciiLetter)
        && name.Where(char.IsLetter).Any(letter => letter > 0x7F && Ascii.IsValid(Confusables.Fold(letter.ToString())));

    /// <summary>What is left of a name when everything is gone that a quick look does not tell apart.</summary>
    internal static string Skeleton(string name)
    {
        var skeleton = new StringBuilder(name.Length);
        foreach (var letter in Confusables.Fold(HiddenCharacters.Strip(name)))
        {
            if (letter is '_' or '-' or '.' or ' ' or '/')
                continue;
            skeleton.Append(
                char.ToLowerInvariant(letter) switch
                {
                    '0' => 'o',
                    '1' or 'i' or '|' => 'l',
                    var same => same,
                }
            );
        }

        return skeleton.Replace("rn", "m").Replace("vv", "w").ToString();
    }

    /// <summary>
    /// One letter was replaced, left out, or two were exchanged. A plural, a number or a letter at either end makes another word of it:
    /// <c>get_issue</c> and <c>get_issues</c> are two tools, not one and its imitation. What lacks the last letter of a long word
    /// (<c>read_documen</c>) is no word: no author means that.
    /// </summary>
    private static bool IsTypingError(string one, string other)
    {
        if (one.Length < other.Length)
            (one, other) = (other, one);
        if (one.Length - other.Length > 1)
            return false;
        var start = one.AsSpan().CommonPrefixLength(other);
        var end = 0;
        while (end < other.Length - start && one[^(end + 1)] == other[^(end + 1)])
            end++;
        var left = one.AsSpan(start, one.Length - start - end);
        var right = other.AsSpan(start, other.Length - start - end);
        return (left.Length, right.Length) switch
        {
            (2, 2) => left[0] == right[1]
                && left[1] == right[0]
                && (end > 0 || char.IsLetter(left[0]) && char.IsLetter(left[1]))
                && start > 0,
            (1, 0) when start > 0 && end == 0 => IsCutOff(one),
            (1, <= 1) when start > 0 && end > 0 => !char.IsAsciiDigit(left[0])
                && (right.IsEmpty || !char.IsAsciiDigit(right[0]))
                && left is not ("_" or "-"),
            _ => false,
        };
    }

    /// <summary>Whether a name without its last letter lacks something: not where that makes a plural or another form of the word.</summary>
    private static bool IsCutOff(string name)
    {
        var begin = name.AsSpan().LastIndexOfAnyExceptInRange('a', 'z');
        var word = name.AsSpan(begin >= 0 && char.IsAsciiLetterUpper(name[begin]) ? begin : begin + 1);
        if (word.Length < MinCutWord || word is [.., 's' or 'y'] or [.., 'e', 'd' or 'r' or 'n'])
            return false;
        foreach (var two in TwoWords)
            if (word.Equals(two, StringComparison.OrdinalIgnoreCase))
                return false;
        return true;
    }
}
