using System.Globalization;

namespace Kilometers.Contracts.Packages;

/// <summary>One entry of a manifest's <c>capabilities.network</c>: <c>host:port</c>, or <see cref="KilometersApi"/>.</summary>
public static class NetworkEntry
{
    /// <summary>
    /// Stands for the Kilometers API that the user is signed in to, wherever that is: its host is another one for each installation, so
    /// that no manifest could name it. Without a port, so that it cannot be mistaken for a host of that name.
    /// </summary>
    public const string KilometersApi = "kilometers-api";

    private const int MaxHost = 253;

    /// <summary>Whether a text may stand in a manifest.</summary>
    /// <param name="text">The text.</param>
    /// <returns>True for <see cref="KilometersApi"/> and for <c>host:port</c>: lower-case labels of a DNS name or an IPv4 address, no wildcard; port 1 to 65535.</returns>
    public static bool IsValid(string? text) => text == KilometersApi || TryParse(text, out _, out _);

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
    /// <returns>The entry itself, or words for <see cref="KilometersApi"/>.</returns>
    public static string Describe(string entry) => entry == KilometersApi ? "the Kilometers API that you are signed in to" : entry;

    private static bool IsLabel(string label) =>
        label is { Length: >= 1 and <= 63 }
        && label[0] != '-'
        && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
