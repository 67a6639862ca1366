namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// The value of a member, parameter, variable or header whose name says that it is secret, in whatever notation: <c>"api_key": "…"</c>, also
/// within a JSON string (<c>\"api_key\":\"…\"</c>), <c>password=…</c>, <c>--password …</c>, <c>&lt;password&gt;…</c>, <c>define('KEY', '…')</c>,
/// <c>| token | … |</c>, "the password is …". A value that is looked through is consumed; else a bounded number of characters is looked at.
/// </summary>
internal static class NamedSecret
{
    public static SecretRange? Match(string text, int position, SecretNames names)
    {
        if (position > 1 && text[position - 1] == '-' && Characters.IsWord(text[position - 2]))
            return null;
        var end = Characters.NameEnd(text, position, SecretNames.MaxLength + 1);
        if (end - position > SecretNames.MaxLength)
            return null;
        while (end > position && text[end - 1] == '-')
            end--;
        var kind = names.Classify(text.AsSpan(position, end - position));
        if (kind == NameKind.Weak && IsTwoWords(text, position, end))
            kind = text[position - 1] == ' ' ? NameKind.Secret : NameKind.Ambiguous;
        // A parameter of a request: services call what lets one in "key".
        if (kind == NameKind.Weak && position > 0 && text[position - 1] is '?' or '&')
            kind = NameKind.Ambiguous;
        if (kind == NameKind.Other)
            return null;
        var name = new FoundName(text, position, end, kind);
        return AssignedValue.Match(name) ?? MarkedValue.Match(name) ?? SpokenValue.Match(name) ?? ValueBefore.Match(name);
    }

    /// <summary>"API key", "private key": two words in prose; <c>api.key</c> in a file.</summary>
    private static bool IsTwoWords(string text, int position, int end)
    {
        if (
            !text.AsSpan(position, end - position).Equals("key", StringComparison.OrdinalIgnoreCase)
            || position < 4
            || text[position - 1] is not (' ' or '.')
        )
            return false;
        var before = text.AsSpan(Math.Max(0, position - 12), Math.Min(12, position) - 1);
        foreach (
            var word in (ReadOnlySpan<string>)
                ["api", "secret", "access", "private", "license", "recovery", "master", "encryption", "signing"]
        )
        {
            if (before.EndsWith(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
