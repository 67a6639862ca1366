namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// The value of a member, parameter or header whose name says that it is secret: <c>"api_key": "…"</c>, also within a JSON string
/// (<c>\"api_key\":\"…\"</c>), <c>password=…</c>, <c>Authorization: …</c>. A value that is looked through is consumed.
/// </summary>
internal static class NamedSecret
{
    private const int LongestName = 64;

    /// <summary>Names without their hyphens and underscores, in lower case, by how they end.</summary>
    private static readonly string[] Endings =
    [
        "password", "passwd", "passphrase", "pwd", "secret", "secretkey", "token", "apikey", "accesskey", "accesskeyid", "privatekey", "signingkey", "encryptionkey",
        "authorization", "credential", "credentials", "cookie", "connectionstring", "secrets", "passwords", "apikeys", "authkey", "sessionkey",
    ];

    /// <summary>Names that end so and are no secret: the protocol's own.</summary>
    private static readonly string[] Harmless = ["progresstoken", "cancellationtoken", "nexttoken"];

    public static SecretMasker.Range? Match(string text, int position)
    {
        if (position > 0 && text[position - 1] == '-') return null;
        var end = Characters.RunEnd(text, position, Characters.IsToken, LongestName + 1);
        if (end - position > LongestName || !IsSecret(text.AsSpan(position, end - position))) return null;
        var value = AfterSeparator(text, end);
        if (value < 0 || value >= text.Length) return null;
        var stop = SecretValue.End(text, value, out var start);
        return stop > start ? new(start, stop) : null;
    }

    private static bool IsSecret(ReadOnlySpan<char> name)
    {
        Span<char> plain = stackalloc char[LongestName];
        var length = 0;
        foreach (var value in name)
        {
            if (value is not ('-' or '_')) plain[length++] = char.ToLowerInvariant(value);
        }
        ReadOnlySpan<char> found = plain[..length];
        foreach (var harmless in Harmless)
        {
            if (found.SequenceEqual(harmless)) return false;
        }
        foreach (var ending in Endings)
        {
            if (found.EndsWith(ending, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    /// <summary>Where the value begins, after the name's closing quote and a colon or equals sign; -1 if there is none.</summary>
    private static int AfterSeparator(string text, int position)
    {
        while (position < text.Length && (text[position] is '\\' or '"' or '\'')) position++;
        position = SkipSpace(text, position);
        if (position >= text.Length || text[position] is not (':' or '=')) return -1;
        return SkipSpace(text, position + 1);
    }

    private static int SkipSpace(string text, int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
        return position;
    }
}
