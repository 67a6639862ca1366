using System.Buffers;

namespace Kilometers.Contracts.Packages;

/// <summary>The grammar of plugin names, <c>^[a-z][a-z0-9-]{1,62}$</c>: a name is checked before it touches a path, a table or a terminal.</summary>
public static class PluginName
{
    /// <summary>The shortest name, in characters.</summary>
    public const int MinLength = 2;

    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 63;

    /// <summary>Parts of km itself: a plugin of such a name would be taken for one of them.</summary>
    private static readonly string[] Ours = ["kilometers", "kmpkg"];

    private static readonly string[] OurPrefixes = ["kilometers-", "km-"];

    /// <summary>A plugin's name is also the name of its files, and Windows keeps these for devices.</summary>
    private static readonly string[] Devices = ["con", "prn", "aux", "nul"];

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Whether a text is a plugin's name.</summary>
    /// <param name="text">Any text; null is not a name.</param>
    /// <returns>True only for 2 to 63 lower-case ASCII letters, digits and hyphens, the first a letter.</returns>
    public static bool IsValid(string? text) =>
        text is { Length: >= MinLength and <= MaxLength } && char.IsAsciiLetterLower(text[0]) && !text.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>Whether a valid name is kept for something else, so that no package may have it. See also <see cref="KmRelease.Name"/>.</summary>
    /// <param name="name">A valid name.</param>
    /// <returns>True for the parts of km, whatever begins with <c>km-</c> or <c>kilometers-</c>, and the devices of Windows.</returns>
    public static bool IsReserved(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Ours.Contains(name)
            || OurPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            || Devices.Contains(name)
            || (name.Length == 4 && char.IsAsciiDigit(name[3]) && name[..3] is ("com" or "lpt"));
    }
}
