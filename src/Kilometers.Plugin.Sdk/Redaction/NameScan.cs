namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Where in a text a name may say secret. A text is looked through once for all its names, which come in rising order: to ask each of its words
/// would cost more than everything else together.
/// </summary>
/// <param name="names">The names that say secret.</param>
/// <param name="text">The text.</param>
internal ref struct NameScan(SecretNames names, ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _ascii = -1;
    private int _short = -1;
    private int _foreign = -1;

    /// <summary>The first place from a position on where such a name may be, if it is written in ASCII; past every text: there is none.</summary>
    public int NextAscii(int position)
    {
        if (names.AreOpen)
            return position;
        if (_ascii < position)
            _ascii = SecretNames.NextKeyword(_text, position);
        if (_short < position)
            _short = SecretNames.NextShortKeyword(_text, position);
        return Math.Min(_ascii, _short);
    }

    /// <summary>The same, whatever it is written in.</summary>
    public int Next(int position)
    {
        var ascii = NextAscii(position);
        if (_foreign < position)
            _foreign = SecretNames.NextForeignKeyword(_text, position);
        return Math.Min(ascii, _foreign);
    }
}
