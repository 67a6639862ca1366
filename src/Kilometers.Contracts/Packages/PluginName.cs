using System.Buffers;

namespace Kilometers.Contracts.Packages;

/// <summary>The grammar of plugin names, <c>^[a-z][a-z0-9-]{1,62}$</c>: a name is checked before it touches a path, a table or a terminal.</summary>
public static class PluginName
{
    /// <summary>The shortest name, in characters.</summary>
    public const int Shortest = 2;

    /// <summary>The longest name, in characters.</summary>
    public const int Longest = 63;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Whether a text is a plugin's name.</summary>
    /// <param name="text">Any text; null is no name.</param>
    /// <returns>True only for 2 to 63 lower-case ASCII letters, digits and hyphens, the first a letter.</returns>
    public static bool IsValid(string? text) =>
        text is { Length: >= Shortest and <= Longest } && char.IsAsciiLetterLower(text[0])
        && !text.AsSpan().ContainsAnyExcept(Allowed);
}
