namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>A name in a text that says something about the value that follows.</summary>
internal readonly struct FoundName
{
    private const int MaxOpen = 4096;

    public FoundName(string text, int start, int end, NameKind kind)
    {
        (Text, Start, End, Kind) = (text, start, end, kind);
        var closing = end;
        // "The password's …".
        if (closing + 2 < text.Length && text[closing] is '\'' or '’' && text[closing + 1] == 's' && text[closing + 2] == ' ')
            closing += 2;
        while (closing < text.Length && (text[closing] is '\\' or '"' or '\'' or '`' or '*' or ']' || (text[closing] == ')' && IsQuoted)))
        {
            IsQuoted |= text[closing] is '"' or '\'' or '`';
            closing++;
        }
        Closing = closing;
        Next = Characters.SkipSpace(text, closing);
    }

    public string Text { get; }

    public int Start { get; }

    public int End { get; }

    public NameKind Kind { get; }

    /// <summary>After the quotes and brackets behind the name.</summary>
    public int Closing { get; }

    /// <summary>The first character behind those that is not a space.</summary>
    public int Next { get; }

    public bool IsQuoted { get; }

    public ReadOnlySpan<char> Name => Text.AsSpan(Start, End - Start);

    /// <summary>As environment variables are written.</summary>
    public bool IsUpperCase => Name.IndexOfAnyInRange('a', 'z') < 0;

    public char At(int position) => position >= 0 && position < Text.Length ? Text[position] : '\0';

    /// <summary>Whether a value, apart from its quotes, is one that this name makes a secret.</summary>
    public bool Hides(ReadOnlySpan<char> value, bool strict = false) =>
        strict && value.IndexOf(' ') is > 0 and var blank && ValueShape.IsScheme(value[..blank])
            ? Hides(value[(blank + 1)..], strict)
            : !ValueShape.IsPlaceholder(value)
                && !value.Equals(Name, StringComparison.OrdinalIgnoreCase)
                && Kind switch
                {
                    NameKind.Secret => strict ? ValueShape.IsPasswordLike(value) : !ValueShape.IsNoValue(value),
                    NameKind.Ambiguous => ValueShape.IsPasswordLike(value),
                    NameKind.Weak => ValueShape.IsRandom(value) && !ValueShape.IsUuid(value),
                    _ => false,
                };

    /// <summary>The range, if this name makes it a secret.</summary>
    /// <remarks>A very long value is hidden whatever it is: what is looked through must be consumed, else hostile text takes quadratic time.</remarks>
    public SecretRange? Hide(int start, int end, bool strict) =>
        end > start && (end - start > MaxOpen || Hides(Text.AsSpan(start, end - start), strict)) ? new(start, end) : null;

    /// <summary>The string in quotes at a position, if this name makes it a secret.</summary>
    public SecretRange? HideString(int position, bool strict)
    {
        if (At(position) is 'N' or 'b' or 'r' or 'f' or '@' or '$' && At(position + 1) is '"' or '\'')
            position++;
        // A string of code within a string: "\"…\"".
        if (At(position) == '"' && At(position + 1) == '\\' && At(position + 2) == '"')
            position++;
        if (At(position) is not ('"' or '\'' or '`' or '\\'))
            return null;
        var end = SecretValue.End(Text, position, line: false, out var start);
        return start > position ? Hide(start, end, strict) : null;
    }
}
