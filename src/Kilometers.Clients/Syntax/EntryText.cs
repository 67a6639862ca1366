using System.Globalization;
using System.Text;

namespace Kilometers.Clients.Syntax;

/// <summary>Writes values into a configuration the way that what is around them is written.</summary>
internal static class EntryText
{
    /// <summary>A text in double quotes, with the escapes that all formats know.</summary>
    public static byte[] Quote(string text)
    {
        var result = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\')
                result.Append('\\').Append(c);
            else if (c < ' ' || c is (>= '\u007f' and <= '\u009f') or '\u2028' or '\u2029' or '\ufeff')
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                result.Append(c);
        }

        return Encoding.UTF8.GetBytes(result.Append('"').ToString());
    }

    /// <summary>Puts texts before the first item of an array.</summary>
    public static TextEdit Prepend(ConfigDocument document, ConfigNode array, IReadOnlyList<byte[]> items)
    {
        if (array.Items is not [var first, ..])
            return new TextEdit(array.Span, List(items));
        var at = first.Span.Start;
        if (!array.IsBlock)
            return Insert(at, items, Separator(document, array.Span.Start + 1, at));

        // "- " before each, as before the first one.
        var line = document.Bytes.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var prefix = document.Between(line, at);
        if (prefix.Trim((byte)' ') is not [(byte)'-'])
            throw new ConfigSyntaxException("km does not edit a list that is written like this", at);
        return Insert(at, items, [.. NewLine(document, at), .. prefix]);
    }

    /// <summary>Gives a member another name.</summary>
    /// <param name="document">The file.</param>
    /// <param name="member">The member.</param>
    /// <param name="name">Its new name: a plain word.</param>
    public static TextEdit Rename(ConfigDocument document, ConfigMember member, string name) =>
        new(member.NameSpan, Named(document, document.Between(member.NameSpan.Start, member.NameSpan.End), name));

    /// <summary>Puts a member after another one; before it, where a comment follows that one on its line.</summary>
    /// <param name="document">The file.</param>
    /// <param name="owner">The object.</param>
    /// <param name="other">The member that is there.</param>
    /// <param name="name">The new one's name: a plain word.</param>
    /// <param name="items">Its value, a list.</param>
    public static TextEdit Insert(ConfigDocument document, ConfigNode owner, ConfigMember other, string name, IReadOnlyList<byte[]> items)
    {
        var (start, end) = (other.NameSpan.Start, other.Value.Span.End);
        var key = document.Between(start, other.NameSpan.End);
        var equals = document.Between(other.NameSpan.End, other.Value.Span.Start);
        if (document.Format == ConfigFormat.Yaml || equals.Trim(" \t"u8).Length != 1)
            equals = document.Format == ConfigFormat.Toml ? " = "u8 : ": "u8;
        byte[] written = [.. Named(document, key, name), .. equals, .. List(items)];
        if (!owner.IsBlock)
            return new TextEdit(
                new ByteSpan(end, end),
                [.. Separator(document, Math.Max(owner.Span.Start + 1, PreviousEnd(owner, other)), start), .. written]
            );

        // A line of its own, as far to the right as the other one.
        var line = document.Bytes.AsSpan(0, start).LastIndexOf((byte)'\n') + 1;
        var indent = document.Between(line, start).ToArray();
        for (var at = 0; at < indent.Length; at++)
            indent[at] = indent[at] == '\t' ? indent[at] : (byte)' ';
        byte[] next = [.. NewLine(document, start), .. indent];
        var rest = document.Bytes.AsSpan(end);
        var isLast = rest.IndexOf((byte)'\n') is var length && rest[..(length < 0 ? rest.Length : length)].Trim(" \t\r"u8).IsEmpty;
        return isLast
            ? new TextEdit(new ByteSpan(end, end), [.. next, .. written])
            : new TextEdit(new ByteSpan(start, start), [.. written, .. next]);
    }

    /// <summary>Takes items away from the beginning of an array.</summary>
    public static TextEdit RemoveFirst(ConfigNode array, int count) =>
        count < array.Items.Count
            ? new TextEdit(new ByteSpan(array.Items[0].Span.Start, array.Items[count].Span.Start), [])
            : new TextEdit(array.Span, "[]"u8.ToArray());

    /// <summary>A list in brackets, on one line.</summary>
    public static byte[] List(IReadOnlyList<byte[]> items) => [(byte)'[', .. Join(items, ", "u8), (byte)']'];

    /// <summary>A name in the place of another one.</summary>
    private static byte[] Named(ConfigDocument document, ReadOnlySpan<byte> other, string name) =>
        document.Format switch
        {
            ConfigFormat.Json => Quote(name),

            // "mcp_servers.x.command": the same with another last part.
            ConfigFormat.Toml => [.. other[..(other.LastIndexOf((byte)'.') + 1)], .. Encoding.UTF8.GetBytes(name)],
            _ => Encoding.UTF8.GetBytes(name),
        };

    private static TextEdit Insert(int at, IReadOnlyList<byte[]> items, ReadOnlySpan<byte> separator) =>
        new(new ByteSpan(at, at), [.. Join(items, separator), .. separator]);

    private static byte[] Join(IReadOnlyList<byte[]> items, ReadOnlySpan<byte> separator)
    {
        var result = new List<byte>();
        for (var at = 0; at < items.Count; at++)
        {
            if (at > 0)
                result.AddRange(separator);
            result.AddRange(items[at]);
        }

        return [.. result];
    }

    /// <summary>A comma and what is before a value: the rest of its line, or a line of its own where it has one.</summary>
    private static byte[] Separator(ConfigDocument document, int from, int to)
    {
        var gap = document.Between(from, to);
        var line = gap.LastIndexOf((byte)'\n');
        var indent = gap[(line + 1)..];
        return line < 0 || indent.IndexOfAnyExcept((byte)' ', (byte)'\t') >= 0
            ? ", "u8.ToArray()
            : [(byte)',', .. NewLine(document, to), .. indent];
    }

    private static int PreviousEnd(ConfigNode owner, ConfigMember member) =>
        owner.Members.IndexOf(member) is > 0 and var at ? owner.Members[at - 1].Value.Span.End : 0;

    /// <summary>How the line before a place ends.</summary>
    private static ReadOnlySpan<byte> NewLine(ConfigDocument document, int at)
    {
        var end = document.Bytes.AsSpan(0, at).LastIndexOf((byte)'\n');
        if (end < 0)
            end = document.Bytes.AsSpan().IndexOf((byte)'\n');
        return end > 0 && document.Bytes[end - 1] == '\r' ? "\r\n"u8 : "\n"u8;
    }
}
