namespace Kilometers.Contracts;

/// <summary>Patterns in which <c>*</c> stands for any characters, also none.</summary>
internal static class Glob
{
    /// <summary>Whether the pattern matches the whole text. No recursion; time is at most pattern × text.</summary>
    /// <param name="pattern">The pattern; an empty one matches only the empty text.</param>
    /// <param name="text">The text, compared by character.</param>
    /// <param name="hasSingle">Whether <c>?</c> stands for one character.</param>
    /// <param name="ignoresCase">Whether capital and small letters are the same.</param>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool hasSingle, bool ignoresCase)
    {
        int p = 0,
            t = 0,
            star = -1,
            resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && ((hasSingle && pattern[p] == '?') || AreSame(pattern[p], text[t], ignoresCase)))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more.
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static bool AreSame(char one, char other, bool ignoresCase) =>
        one == other || (ignoresCase && char.ToLowerInvariant(one) == char.ToLowerInvariant(other));
}
