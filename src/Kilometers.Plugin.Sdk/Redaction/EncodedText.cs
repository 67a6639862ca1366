using System.Buffers;
using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>Text in base64, on one line or wrapped as MIME does. Only what is text when decoded is of interest: images and the like are told by their first bytes.</summary>
internal static class EncodedText
{
    public const int MinLength = 24;

    private const int Probe = 48;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
    );
    private static readonly SearchValues<char> NoText = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000b\u000c\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001c\u001d\u001e\u001f\u007f"
    );

    /// <summary>Where the base64 at a position ends, its padding included.</summary>
    public static int RunEnd(string text, int position)
    {
        var end = LineEnd(text, position);
        // Lines of 64 or 76, each but the last as long.
        var line = end - position;
        if (line is 64 or 76)
        {
            while (end < text.Length && text[end] is '\r' or '\n')
            {
                var next = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
                var stop = LineEnd(text, next);
                if (stop == next || stop - next > line)
                    break;
                end = stop;
                if (stop - next < line)
                    break;
            }
        }
        while (end < text.Length && text[end] == '=')
            end++;
        return end;
    }

    /// <returns>The text, each byte a character; null if it is not base64 of text.</returns>
    public static string? Decode(ReadOnlySpan<char> encoded)
    {
        if (encoded.Length < MinLength || !IsText(DecodeBytes(encoded[..Math.Min(encoded.Length, Probe)])))
            return null;
        return DecodeBytes(encoded) is { } bytes && IsText(bytes) ? Encoding.Latin1.GetString(bytes) : null;
    }

    /// <summary>User and password as SASL PLAIN (RFC 4616) sends them, with NUL between.</summary>
    public static bool IsPlainLogin(ReadOnlySpan<char> encoded) =>
        encoded.Length is > 8 and < 200 && DecodeBytes(encoded) is { } bytes && bytes.AsSpan().Count((byte)0) == 2 && bytes[^1] != 0;

    /// <returns>A text as the original was: with or without padding, of the same alphabet and lines.</returns>
    public static string Encode(string text, ReadOnlySpan<char> original)
    {
        var encoded = Convert.ToBase64String(
            Encoding.Latin1.GetBytes(text),
            original.Contains('\n') ? Base64FormattingOptions.InsertLineBreaks : Base64FormattingOptions.None
        );
        if (original.ContainsAny('-', '_'))
            encoded = encoded.Replace('+', '-').Replace('/', '_');
        return original.EndsWith("=", StringComparison.Ordinal) ? encoded : encoded.TrimEnd('=');
    }

    private static int LineEnd(string text, int position)
    {
        var length = text.AsSpan(position).IndexOfAnyExcept(Alphabet);
        return length < 0 ? text.Length : position + length;
    }

    private static byte[]? DecodeBytes(ReadOnlySpan<char> encoded)
    {
        var plain = new char[encoded.Length + 3];
        var length = 0;
        foreach (var value in encoded)
        {
            if (value is not ('\r' or '\n' or '='))
                plain[length++] = value switch
                {
                    '-' => '+',
                    '_' => '/',
                    _ => value,
                };
        }
        if (length % 4 == 1)
            length--;
        while (length % 4 != 0)
            plain[length++] = '=';
        var bytes = new byte[length / 4 * 3];
        return Convert.TryFromBase64Chars(plain.AsSpan(0, length), bytes, out var written) ? bytes[..written] : null;
    }

    /// <summary>UTF-8 without control characters, perhaps cut off.</summary>
    private static bool IsText(byte[]? bytes)
    {
        if (bytes is null or [])
            return false;
        var cut = Encoding.UTF8.GetString(bytes);
        return cut.AsSpan().IndexOfAny(NoText) < 0 && cut.AsSpan(0, Math.Max(0, cut.Length - 3)).IndexOf('\uFFFD') < 0;
    }
}
