using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>How far a text has been looked through, by those recognisers that look at more than a word at a time.</summary>
/// <param name="names">The names that say secret.</param>
/// <param name="text">The text.</param>
internal ref struct TextScan(SecretNames names, string text)
{
    private static readonly SearchValues<char> Encoded = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
    );

    private NameScan _names = new(names, text);

    public string Text { get; } = text;

    /// <summary>Up to here no run is left that <see cref="ShapedToken"/> has not looked at.</summary>
    public int Shaped { get; private set; }

    /// <summary>Up to here no run is left that may be base64.</summary>
    public int Decoded { get; set; }

    /// <summary>The token that begins at a position, if it tells by its shape.</summary>
    public SecretRange? FindShaped(int position)
    {
        var window = Text.AsSpan(position, Math.Min(ShapedToken.MinLength, Text.Length - position));
        var end = ShapedToken.LastEnd(window);
        if (end >= 0 || window.Length < ShapedToken.MinLength)
        {
            // No run that begins before its end is long enough.
            Shaped = position + end + 1;
            return null;
        }

        Shaped = ShapedToken.RunEnd(Text, position);
        if (ShapedToken.Match(Text, position, Shaped) is not { } found)
            return null;
        // There may be another one in the same run.
        Shaped = found.End;
        return found;
    }

    /// <summary>Whether a run at a position is long enough to be base64 of anything.</summary>
    public bool MayBeEncoded(int position)
    {
        var window = Text.AsSpan(position, Math.Min(EncodedText.MinLength, Text.Length - position));
        var end = window.LastIndexOfAnyExcept(Encoded);
        if (end < 0 && window.Length == EncodedText.MinLength)
            return true;
        Decoded = position + end + 1;
        return false;
    }

    /// <summary>Whether a name that says secret may begin with a word; false is certain.</summary>
    public bool MayBeName(int position, int end)
    {
        var next = _names.NextAscii(position);
        // A hyphen may join it to more words.
        return next < end || (end < Text.Length && Text[end] == '-' && next <= position + SecretNames.MaxLength);
    }
}
