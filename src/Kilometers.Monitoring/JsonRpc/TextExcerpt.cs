using System.Globalization;
using System.Text;

namespace Kilometers.Monitoring.JsonRpc;

/// <summary>The beginning of a text that somebody wants to read: bounded, decoded, never more than what a line of a log can bear.</summary>
internal static class TextExcerpt
{
    /// <summary>How many bytes are looked at.</summary>
    public const int MaxBytes = 1024;

    /// <summary>The beginning of a line.</summary>
    /// <param name="line">Any bytes; what is not UTF-8 becomes U+FFFD.</param>
    public static string OfLine(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(Cut(line));

    /// <summary>The beginning of a JSON string, its escapes resolved. The string may be cut off.</summary>
    /// <param name="message">The message.</param>
    /// <param name="at">Where its value begins or the colon and the white space before it.</param>
    /// <returns>Null if no string is there.</returns>
    public static string? OfString(ReadOnlySpan<byte> message, int at)
    {
        var rest = message[Math.Min(at, message.Length)..].TrimStart(" \t\r\n:"u8);
        if (rest is not [(byte)'"', ..])
            return null;
        var text = Cut(rest[1..]);
        var output = new StringBuilder(text.Length);
        while (!text.IsEmpty)
        {
            var special = text.IndexOfAny((byte)'"', (byte)'\\');
            output.Append(Encoding.UTF8.GetString(special < 0 ? text : text[..special]));
            if (special < 0 || text[special] == '"')
                break;
            text = text[(special + 1)..];
            text = text[Unescape(text, output)..];
        }

        return output.ToString();
    }

    /// <summary>Resolves one escape, whose backslash was read.</summary>
    /// <returns>How many bytes it has; all that is there, if it is cut off or invalid.</returns>
    private static int Unescape(ReadOnlySpan<byte> escape, StringBuilder output)
    {
        if (escape.IsEmpty)
            return 0;
        if (escape[0] == 'u')
        {
            if (
                escape.Length < 5
                || !ushort.TryParse(escape.Slice(1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            )
                return escape.Length;
            output.Append((char)unit);
            return 5;
        }

        output.Append(
            escape[0] switch
            {
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                var other => (char)other,
            }
        );
        return 1;
    }

    /// <summary>Max this many bytes, without a half character at the end.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= MaxBytes)
            return bytes;
        var end = MaxBytes;
        while (end > MaxBytes - 4 && (bytes[end] & 0xC0) == 0x80)
            end--;
        return bytes[..end];
    }
}
