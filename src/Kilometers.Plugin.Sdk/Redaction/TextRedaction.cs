using System.Text;
using System.Text.RegularExpressions;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Masks the secrets of text of any kind in one pass, then what the user's own patterns match.</summary>
/// <param name="names">The names that say secret.</param>
/// <param name="patterns">Patterns whose matches are secrets; none matches in more than linear time.</param>
internal sealed class TextRedaction(SecretNames names, IReadOnlyList<Regex> patterns)
{
    public string Redact(string text)
    {
        text = RedactKnown(text);
        foreach (var pattern in patterns) text = pattern.Replace(text, SecretMasker.Mask);
        return text;
    }

    private string RedactKnown(string text)
    {
        StringBuilder? output = null;
        var copied = 0;
        var position = 0;
        while (position < text.Length)
        {
            if (Find(text, position) is { } secret)
            {
                output ??= new StringBuilder(text.Length);
                output.Append(text, copied, secret.Start - copied).Append(secret.Quote).Append(SecretMasker.Mask).Append(secret.Quote);
                copied = position = secret.End;
            }
            else
            {
                position++;
            }
        }
        return output is null ? text : output.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The secret that is recognised at a position. Each recogniser looks at a character a bounded number of times (see there).</summary>
    private SecretRange? Find(string text, int position)
    {
        var first = text[position];
        if (first == '-') return PemBlock.Match(text, position);
        if (first == ':') return UrlCredentials.Match(text, position);
        if (!char.IsAsciiLetterOrDigit(first)) return null;
        if (position > 0 && Characters.IsWord(text[position - 1])) return null;
        if (char.IsAsciiDigit(first)) return CardNumber.Match(text, position) ?? KnownToken.Match(text, position);
        return KnownToken.Match(text, position) ?? NamedSecret.Match(text, position, names);
    }
}
