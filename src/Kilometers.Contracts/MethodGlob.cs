namespace Kilometers.Contracts;

/// <summary>Method patterns as the contract means them: <c>*</c> stands for any characters, also none; every other character for itself.</summary>
public static class MethodGlob
{
    /// <summary>Whether the pattern matches the whole text. No recursion; time is at most pattern × text.</summary>
    /// <param name="pattern">The pattern; an empty one matches only the empty text.</param>
    /// <param name="text">The method's name, compared by character and with regard to case.</param>
    /// <returns>Whether it matches.</returns>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text) =>
        Glob.Matches(pattern, text, hasSingle: false, ignoresCase: false);
}
