using System.Globalization;

namespace Kilometers.Contracts.Packages;

/// <summary>
/// One entry of a manifest's <c>capabilities.network</c>: <c>host:port</c>, <see cref="KilometersApi"/>, or the address in one of the plugin's
/// settings.
/// </summary>
public static class NetworkEntry
{
    /// <summary>
    /// Stands for the Kilometers API that the user is signed in to, wherever that is: its host is another one for each installation, so
    /// that no manifest could name it. Without a port, so that it cannot be mistaken for a host of that name.
    /// </summary>
    public const string KilometersApi = "kilometers-api";

    private const string SettingPrefix = "setting:";
    private const int MaxHost = 253;
    private const int MaxSetting = 64;

    /// <summary>Whether a text may stand in a manifest.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True for <see cref="KilometersApi"/>, for <c>setting:NAME</c>, and for <c>host:port</c>: lower-case labels of a DNS name or an IPv4 address, no wildcard; port 1 to 65535.</returns>
    public static bool IsValid(string? text) => text == KilometersApi || SettingOf(text) is not null || TryParse(text, out _, out _);

    /// <summary>
    /// The setting that holds the address, of an entry <c>setting:NAME</c>: only the user knows the host, such as that of a collector. What
    /// the user sets there, as a URL or <c>host:port</c>, is reached wherever it is.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <returns>The setting's name: lower-case letters, digits and <c>_</c>, beginning with a letter. Null for every other text.</returns>
    public static string? SettingOf(string? text) =>
        text is not null
        && text.StartsWith(SettingPrefix, StringComparison.Ordinal)
        && text[SettingPrefix.Length..] is { Length: >= 1 and <= MaxSetting } name
        && char.IsAsciiLetterLower(name[0])
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? name
            : null;

    /// <summary>Reads <c>host:port</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="host">The host, in lower case.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <returns>False for everything else, <see cref="KilometersApi"/> included.</returns>
    public static bool TryParse(string? text, out string host, out int port)
    {
        (host, port) = ("", 0);
        if (text is null)
            return false;
        var colon = text.LastIndexOf(':');
        if (
            colon is < 1 or > MaxHost
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > 65535
        )
            return false;
        if (!text[..colon].Split('.').All(IsLabel))
            return false;
        (host, port) = (text[..colon], number);
        return true;
    }

    /// <summary>Says for people what an entry means, as in "connect to …".</summary>
    /// <param name="entry">A valid entry.</param>
    /// <returns>The entry itself, or words for <see cref="KilometersApi"/> and for a setting.</returns>
    public static string Describe(string entry) =>
        entry == KilometersApi ? "the Kilometers API that you are signed in to"
        : SettingOf(entry) is { } setting ? $"the address that you set as its {setting}"
        : entry;

    private static bool IsLabel(string label) =>
        label is { Length: >= 1 and <= 63 }
        && label[0] != '-'
        && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
