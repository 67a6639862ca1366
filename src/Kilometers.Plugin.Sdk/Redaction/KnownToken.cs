namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Credentials that tell what they are by their beginning. Begins at a word's beginning only; a match is consumed, and what is not a
/// match is looked through a bounded number of times, so the time is linear.
/// </summary>
internal static class KnownToken
{
    /// <summary>The beginning, and the fewest characters that follow it.</summary>
    private static readonly (string Prefix, int Fewest)[] Prefixes =
    [
        ("km_live_", 4), ("km_test_", 4), ("sk-", 16), ("sk_live_", 8), ("sk_test_", 8), ("rk_live_", 8), ("pk_live_", 8), ("whsec_", 8),
        ("ghp_", 16), ("gho_", 16), ("ghu_", 16), ("ghs_", 16), ("ghr_", 16), ("github_pat_", 16), ("glpat-", 16), ("npm_", 20), ("hf_", 20),
        ("xoxb-", 10), ("xoxp-", 10), ("xoxa-", 10), ("xoxr-", 10), ("xoxs-", 10), ("xapp-", 10), ("AIza", 30), ("ya29.", 16), ("dop_v1_", 32), ("pypi-", 16),
    ];

    public static SecretMasker.Range? Match(string text, int position) => text[position] switch
    {
        'A' when AwsKeyId(text, position) is { } key => key,
        'e' when JsonWebToken(text, position) is { } token => token,
        'b' or 'B' when HttpCredential(text, position) is { } credential => credential,
        _ => Prefixed(text, position),
    };

    private static SecretMasker.Range? Prefixed(string text, int position)
    {
        var rest = text.AsSpan(position);
        foreach (var (prefix, fewest) in Prefixes)
        {
            if (prefix[0] != rest[0] || !rest.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var start = position + prefix.Length;
            var end = Characters.RunEnd(text, start, Characters.IsToken);
            return end - start >= fewest ? new(start, end) : null;
        }
        return null;
    }

    /// <summary>AKIA (long-lived) and ASIA (temporary) key ids of AWS: 16 upper-case letters and digits follow.</summary>
    private static SecretMasker.Range? AwsKeyId(string text, int position)
    {
        var rest = text.AsSpan(position);
        if (!rest.StartsWith("AKIA", StringComparison.Ordinal) && !rest.StartsWith("ASIA", StringComparison.Ordinal)) return null;
        var end = Characters.RunEnd(text, position + 4, static value => char.IsAsciiLetterUpper(value) || char.IsAsciiDigit(value), 17);
        return end - position == 20 && (end == text.Length || !Characters.IsWord(text[end])) ? new(position + 4, end) : null;
    }

    /// <summary>Three parts of URL-safe base64 (RFC 7519), the first two JSON objects and so beginning with <c>eyJ</c>; also when cut off.</summary>
    private static SecretMasker.Range? JsonWebToken(string text, int position)
    {
        if (!text.AsSpan(position).StartsWith("eyJ", StringComparison.Ordinal)) return null;
        // Without hyphens, which base64 of ASCII hardly has: so a run is looked through from its beginning only.
        var header = Characters.RunEnd(text, position, Characters.IsWord);
        if (header - position < 8 || header >= text.Length || text[header] != '.') return null;
        if (!text.AsSpan(header + 1).StartsWith("eyJ", StringComparison.Ordinal)) return null;
        return new(position + 3, Characters.RunEnd(text, header + 1, static value => Characters.IsToken(value) || value == '.'));
    }

    /// <summary>What follows <c>Bearer</c> or <c>Basic</c> in an HTTP header.</summary>
    private static SecretMasker.Range? HttpCredential(string text, int position)
    {
        var rest = text.AsSpan(position);
        var bearer = rest.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase);
        if (!bearer && !rest.StartsWith("basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var start = position + (bearer ? "bearer ".Length : "basic ".Length);
        while (start < text.Length && text[start] == ' ') start++;
        var end = Characters.RunEnd(text, start, Characters.IsToken68);
        if (end - start < 8) return null;
        // "Basic" is also an English word: a credential has a digit, a capital within, or padding.
        return bearer || text.AsSpan(start + 1, end - start - 1).ContainsAny(Credential) ? new(start, end) : null;
    }

    private static readonly System.Buffers.SearchValues<char> Credential = System.Buffers.SearchValues.Create("0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}
