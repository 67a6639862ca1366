using System.Buffers;
using System.Globalization;

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

    private readonly string _original;
    private readonly int _first;
    private int[]? _origins;

    private DecodedView(string original, int first, string text) => (_original, _first, Text) = (original, first, text);

    public string Text { get; }

    /// <returns>Null where nothing is encoded.</returns>
    public static DecodedView? Of(string text)
    {
        var first = Next(text, 0, out var length, out var value);
        if (first < 0)
            return null;
        var decoded = ArrayPool<char>.Shared.Rent(text.Length);
        var (copied, count) = (0, 0);
        for (var at = first; at >= 0; at = Next(text, copied, out length, out value))
        {
            text.CopyTo(copied, decoded, count, at - copied);
            count += at - copied;
            decoded[count++] = value;
            copied = at + length;
        }
        text.CopyTo(copied, decoded, count, text.Length - copied);
        var view = new DecodedView(text, first, new string(decoded, 0, count + text.Length - copied));
        ArrayPool<char>.Shared.Return(decoded);
        return view;
    }

    public SecretRange Origin(SecretRange range)
    {
        // Most texts have no secret: then nobody asks.
        _origins ??= Origins();
        return new(_origins[range.Start], _origins[range.End], Kind: range.Kind);
    }

    private int[] Origins()
    {
        var origins = new int[Text.Length + 1];
        var at = 0;
        for (var index = 0; index < _original.Length; at++)
        {
            origins[at] = index;
            index += index < _first ? 1 : Math.Max(1, Length(_original, index, out _));
        }
        origins[at] = _original.Length;
        return origins;
    }

    /// <summary>The next place where a character is encoded; below 0: there is none.</summary>
    private static int Next(string text, int position, out int length, out char value)
    {
        while (text.AsSpan(position).IndexOfAny('%', '&', '\\') is var found and >= 0)
        {
            position += found;
            length = Length(text, position, out value);
            if (length > 0)
                return position;
            position++;
        }
        (length, value) = (0, default);
        return -1;
    }

    /// <summary>How many characters encode one; 0: none do.</summary>
    private static int Length(string text, int position, out char value)
    {
        value = default;
        var rest = text.AsSpan(position);
        switch (rest[0])
        {
            case '%' when rest.Length >= 3 && char.IsAsciiHexDigit(rest[1]) && char.IsAsciiHexDigit(rest[2]):
                value = (char)int.Parse(rest[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                return 3;
            case '\\'
                when rest.Length >= 6
                    && rest[1] == 'u'
                    && rest[2] == '0'
                    && rest[3] == '0'
                    && char.IsAsciiHexDigit(rest[4])
                    && char.IsAsciiHexDigit(rest[5]):
                value = (char)int.Parse(rest[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
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
