using System.Globalization;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>Texts on the wire, the same in both versions.</summary>
internal static class WireText
{
    /// <summary>Characters of a text of a plugin's that are kept: enough for an explanation, and nothing that fills memory, a terminal or the audit log.</summary>
    public const int MaxLength = 2000;

    private const int MaxCodeLength = 20;

    /// <summary>Unique within all sessions: the session's id and the exchange's number in it.</summary>
    public static string CorrelationId(string session, ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{session}-{number:x}");

    /// <summary>What is kept of a text that a plugin sent.</summary>
    public static string Cut(string text) => text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");

    /// <summary>Whether a text has the form of an error's code.</summary>
    public static bool IsErrorCode(string text) =>
        text.Length is > 0 and <= MaxCodeLength
        && char.IsAsciiLetterUpper(text[0])
        && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');
}
