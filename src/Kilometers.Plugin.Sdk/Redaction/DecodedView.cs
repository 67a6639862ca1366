using System.Text;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// A text with its percent-encoding, HTML entities and <c>\u0022</c>-like escapes undone, and where each character came from: secrets are
/// looked for here and masked there. One step only: what is encoded twice stays encoded once.
/// </summary>
internal sealed class DecodedView
{
    private static readonly (string Entity, char Value)[] Entities =
    [
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&#x22;", '"'),
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&#39;", '\''),
        ("&#x27;", '\''),
        ("&apos;", '\''),
    ];

    private readonly int[] _origins;

    private DecodedView(string text, int[] origins)
    {
        Text = text;
        _origins = origins;
    }

    public string Text { get; }

    /// <returns>Null where nothing is encoded.</returns>
    public static DecodedView? Of(string text)
    {
        var first = text.AsSpan().IndexOfAny('%', '&', '\\');
        while (first >= 0 && Length(text, first, out _) == 0)
        {
            var next = text.AsSpan(first + 1).IndexOfAny('%', '&', '\\');
            first = next < 0 ? -1 : first + 1 + next;
        }
        if (first < 0)
            return null;
        var decoded = new StringBuilder(text.Length).Append(text, 0, first);
        var origins = new int[text.Length + 1];
        for (var index = 0; index < first; index++)
            origins[index] = index;
        for (var index = first; index < text.Length; )
        {
            var length = Length(text, index, out var value);
            origins[decoded.Length] = index;
            decoded.Append(length == 0 ? text[index] : value);
            index += Math.Max(1, length);
        }
        origins[decoded.Length] = text.Length;
        return new(decoded.ToString(), origins);
    }

    public SecretRange Origin(SecretRange range) => new(_origins[range.Start], _origins[range.End], Kind: range.Kind);

    /// <summary>How many characters encode one; 0: none do.</summary>
    private static int Length(string text, int position, out char value)
    {
        value = default;
        var rest = text.AsSpan(position);
        switch (rest[0])
        {
            case '%' when rest.Length >= 3 && char.IsAsciiHexDigit(rest[1]) && char.IsAsciiHexDigit(rest[2]):
                value = (char)Convert.ToInt32(rest[1..3].ToString(), 16);
                return 3;
            case '\\'
                when rest.Length >= 6
                    && rest[1] == 'u'
                    && rest[2] == '0'
                    && rest[3] == '0'
                    && char.IsAsciiHexDigit(rest[4])
                    && char.IsAsciiHexDigit(rest[5]):
                value = (char)Convert.ToInt32(rest[2..6].ToString(), 16);
                return 6;
            case '&':
                foreach (var (entity, character) in Entities)
                {
                    if (!rest.StartsWith(entity, StringComparison.OrdinalIgnoreCase))
                        continue;
                    value = character;
                    return entity.Length;
                }
                return 0;
            default:
                return 0;
        }
    }
}
