using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Whether a message still tells a secret: half of it in one piece, as it is or behind one of the encodings that anybody undoes.</summary>
internal static partial class LeakCheck
{
    private const int MinLength = 4;

    public static bool Leaks(ReadOnlySpan<byte> message, string secret)
    {
        var text = Encoding.UTF8.GetString(message);
        return Views(text)
            .Any(view => Has(view, secret) || (Uri.EscapeDataString(secret) is var escaped && escaped != secret && Has(view, escaped)));
    }

    private static IEnumerable<string> Views(string text)
    {
        yield return text;
        for (var depth = 0; depth < 4; depth++)
        {
            text = Escapes()
                .Replace(text, static match => match.Groups["code"].Success
                        ? ((char)Convert.ToInt32(match.Groups["code"].Value, 16)).ToString()
                    : match.Groups["plain"].Value is "n" or "r" or "t" ? "\n"
                    : match.Groups["plain"].Value);
            yield return text;
        }
        yield return Uri.UnescapeDataString(text);
        yield return WebUtility.HtmlDecode(text);
        // A secret that was cut into two content items.
        yield return text.Replace("\"},{\"type\":\"text\",\"text\":\"", "", StringComparison.Ordinal);
        foreach (Match match in Base64().Matches(text))
        {
            var plain = match.Value.Replace("\n", "", StringComparison.Ordinal).Replace('-', '+').Replace('_', '/').TrimEnd('=');
            if (plain.Length % 4 == 1)
                plain = plain[..^1];
            var bytes = new byte[plain.Length];
            if (Convert.TryFromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='), bytes, out var length))
                yield return Encoding.UTF8.GetString(bytes, 0, length);
        }
    }

    private static bool Has(string text, string secret)
    {
        var length = Math.Min(secret.Length, Math.Max(MinLength, (secret.Length + 1) / 2));
        for (var start = 0; start + length <= secret.Length; start++)
        {
            if (text.AsSpan().Contains(secret.AsSpan(start, length), StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    [GeneratedRegex("""\\(?:u(?<code>[0-9a-fA-F]{4})|(?<plain>["\\/bfnrt]))""")]
    private static partial Regex Escapes();

    [GeneratedRegex(@"[A-Za-z0-9+/_-]{16,}(?:\n[A-Za-z0-9+/_-]+)*=*")]
    private static partial Regex Base64();
}
