using System.Text.RegularExpressions;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Masks the secrets of whole messages, with rules of the user's own beside those of <see cref="SecretMasker"/>. JSON stays JSON. Time is
/// linear in the message. May be used by several threads at once.
/// </summary>
public sealed class Redactor
{
    private readonly TextRedaction _text;
    private readonly SecretNames _names;

    /// <summary>A redactor.</summary>
    /// <param name="keys">More names whose values are secret, besides the known ones; case, hyphens and the like do not count. Null: none.</param>
    /// <param name="patterns">Regular expressions whose matches are secret, by .NET's syntax without what would need backtracking
    /// (look-arounds, back-references). Null: none.</param>
    /// <exception cref="ArgumentException">A pattern is invalid, needs backtracking, or matches the empty text.</exception>
    public Redactor(IEnumerable<string>? keys = null, IEnumerable<string>? patterns = null)
    {
        _names = new SecretNames(keys ?? []);
        _text = new TextRedaction(_names, [.. (patterns ?? []).Select(Compile)]);
    }

    /// <summary>Masks the secrets of a text.</summary>
    /// <param name="text">The text; need not be complete or valid.</param>
    /// <returns>The same text with each secret replaced by <see cref="SecretMasker.Mask"/>; the same object if there is none.</returns>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _text.Redact(text);
    }

    /// <summary>
    /// Masks the secrets of a message: JSON, JSON that is cut off, or anything else. JSON stays as valid as it was, also JSON within its
    /// strings; a secret that is not a string becomes one. What has no secret keeps its bytes, also those that are no UTF-8.
    /// </summary>
    /// <param name="message">The bytes.</param>
    /// <returns>The bytes with each secret replaced; <paramref name="message"/> itself if there is none.</returns>
    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> message) =>
        new JsonRedaction(_names, _text).Redact(message.Span) is { } redacted ? redacted : message;

    private static Regex Compile(string pattern)
    {
        Regex regex;
        try
        {
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"'{pattern}' is not a usable pattern: {exception.Message}", nameof(pattern), exception);
        }
        return regex.IsMatch("") ? throw new ArgumentException($"'{pattern}' matches the empty text.", nameof(pattern)) : regex;
    }
}
