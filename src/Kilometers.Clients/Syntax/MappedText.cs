using System.Text;

namespace Kilometers.Clients.Syntax;

/// <summary>
/// Bytes as characters, one for one, so that the places which a parser of text reports are places in the file. Bytes that are not ASCII
/// become characters without a meaning in any format.
/// </summary>
internal static class MappedText
{
    private const int Offset = 0xE000;

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
            text.Append(value < 0x80 ? (char)value : (char)(Offset + value));
        return text.ToString();
    }

    /// <summary>What a value means that a parser made of such text.</summary>
    /// <param name="value">The value.</param>
    /// <param name="source">How it is written.</param>
    /// <param name="offset">Where that is in the file.</param>
    /// <exception cref="ConfigSyntaxException">An escape in it stands for a character that cannot be told from a mapped byte.</exception>
    public static string Meaning(string value, ReadOnlySpan<byte> source, int offset)
    {
        if (Ascii.IsValid(value))
            return value;
        var mapped = 0;
        using var bytes = new MemoryStream();
        foreach (var rune in value.EnumerateRunes())
        {
            if (rune.Value is >= Offset + 0x80 and <= Offset + 0xFF)
            {
                bytes.WriteByte((byte)(rune.Value - Offset));
                mapped++;
            }
            else
            {
                bytes.Write(Encoding.UTF8.GetBytes(rune.ToString()));
            }
        }

        var written = 0;
        foreach (var one in source)
            written += one >= 0x80 ? 1 : 0;
        return mapped == written
            ? Encoding.UTF8.GetString(bytes.ToArray())
            : throw new ConfigSyntaxException("this escape stands for a character of the private use area, which km does not edit", offset);
    }
}
