namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// The items of a list that is called for what they are: <c>allowed_keys:</c> and lines that begin with a hyphen, <c>tokens = ["…", "…"]</c>. Each
/// must look like a password. Looks at a bounded number of items.
/// </summary>
internal static class NamedList
{
    private const int MaxItems = 16;
    private const int MaxItem = 256;

    /// <summary>How much the name of a list says about its items.</summary>
    public static NameKind Classify(SecretNames names, ReadOnlySpan<char> name) =>
        (name is [.., 's'] ? names.Classify(name[..^1]) : names.Classify(name)) is var kind and (NameKind.Secret or NameKind.Ambiguous)
            ? kind
            : NameKind.Other;

    public static bool Hides(ReadOnlySpan<char> item) => ValueShape.IsPasswordLike(item) && !ValueShape.IsUuid(item);

    /// <summary>Adds the items of the list whose name begins at a position.</summary>
    public static void Find(string text, int position, SecretNames names, List<SecretRange> secrets)
    {
        var end = Characters.NameEnd(text, position, SecretNames.MaxLength + 1);
        if (end - position > SecretNames.MaxLength || Classify(names, text.AsSpan(position, end - position)) == NameKind.Other)
            return;
        var name = new FoundName(text, position, end, NameKind.Ambiguous);
        if (name.At(name.Next) is not (':' or '='))
            return;
        var value = Characters.SkipSpace(text, name.Next + 1);
        if (name.At(value) is '[' or '(')
            AddStrings(text, value + 1, secrets);
        else if (name.At(value) == '-' && text.AsSpan(name.Next + 1, value - name.Next - 1).Contains('\n'))
            AddLines(text, value, secrets);
    }

    private static void AddStrings(string text, int at, List<SecretRange> secrets)
    {
        for (var items = 0; items < MaxItems; items++)
        {
            while (at < text.Length && (Characters.IsSpace(text[at]) || text[at] == ','))
                at++;
            if (at >= text.Length || text[at] is not ('"' or '\''))
                return;
            var rest = text.AsSpan(at + 1, Math.Min(MaxItem, text.Length - at - 1));
            if (rest.IndexOf(text[at]) is not (>= 0 and var length))
                return;
            if (Hides(rest[..length]))
                secrets.Add(new(at + 1, at + 1 + length));
            at += length + 2;
        }
    }

    private static void AddLines(string text, int at, List<SecretRange> secrets)
    {
        for (var items = 0; items < MaxItems && at < text.Length && text[at] == '-'; items++)
        {
            if (CuedValue.OnlyWord(text, at) is { } item)
                secrets.Add(item);
            at = Characters.SkipSpace(text, CuedValue.NextLine(text, at));
        }
    }
}
