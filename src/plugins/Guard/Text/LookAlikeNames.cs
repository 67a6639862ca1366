using System.Text;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Whether two names can be taken for each other.</summary>
internal static class LookAlikeNames
{
    /// <summary>Shorter names differ by a letter all the time.</summary>
    private const int MinLength = 6;

    private const int MaxLength = 128;

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
    /// <c>get_issue</c> and <c>get_issues</c> are two tools, not one and its imitation.
    /// </summary>
    private static bool IsTypingError(string one, string other)
    {
        if (one.Length < other.Length)
            (one, other) = (other, one);
        if (one.Length - other.Length > 1)
            return false;
        var start = 0;
        while (start < other.Length && one[start] == other[start])
            start++;
        var end = 0;
        while (end < other.Length - start && one[^(end + 1)] == other[^(end + 1)])
            end++;
        var left = one.AsSpan(start, one.Length - start - end);
        var right = other.AsSpan(start, other.Length - start - end);
        if (start == 0 || end == 0)
            return false;
        return (left.Length, right.Length) switch
        {
            (1, <= 1) => !char.IsAsciiDigit(left[0]) && (right.IsEmpty || !char.IsAsciiDigit(right[0])) && left is not ("_" or "-"),
            (2, 2) => left[0] == right[1] && left[1] == right[0],
            _ => false,
        };
    }
}
