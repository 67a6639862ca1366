using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Credentials that tell what they are by their beginning. Begins at a word's beginning only; a match is consumed, and what is not a
/// match is looked through a bounded number of times, so the time is linear.
/// </summary>
internal static class KnownToken
{
    private const int Probe = 64;
    private const int MinWordless = 18;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");
    private static readonly SearchValues<char> Separators = SearchValues.Create("-_.");
    private static readonly SearchValues<char> Credential = SearchValues.Create("0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Of everything but a client secret of Azure.</summary>
    private static readonly Lazy<Beginnings> Begins = new(static () =>
        new([
            .. TokenFormats.Beginnings,
            ('A', 'K'),
            ('A', 'S'),
            ('A', 'B'),
            ('A', 'C'),
            ('e', 'y'),
            ('b', 'a'),
            ('b', 'A'),
            ('B', 'a'),
            ('B', 'A'),
            ('b', 'e'),
            ('b', 'E'),
            ('B', 'e'),
            ('B', 'E'),
        ])
    );

    /// <summary>Whether a token may begin at a position; false is certain.</summary>
    public static bool MayBegin(string text, int position) =>
        (position + 1 < text.Length && Begins.Value.Contains(text[position], text[position + 1])) || IsAzure(text, position);

    private static bool IsAzure(string text, int position) =>
        position + 6 <= text.Length && text[position + 4] == 'Q' && text[position + 5] == '~' && char.IsAsciiDigit(text[position + 3]);

    public static SecretRange? Match(string text, int position) =>
        Prefixed(text, position)
        ?? AzureSecret(text, position)
        ?? text[position] switch
        {
            'A' => AwsKeyId(text, position),
            'e' => JsonWebToken(text, position),
            'b' or 'B' => HttpCredential(text, position),
            _ => null,
        };

    private static SecretRange? Prefixed(string text, int position)
    {
        var rest = text.AsSpan(position);
        if (rest.Length < 2)
            return null;
        foreach (var (prefix, alphabet, min, max) in TokenFormats.Beginning(rest[0], rest[1]))
        {
            if (!rest.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var body = rest[prefix.Length..];
            // What is not a key is looked at only so far, as the next word may begin within it.
            var probe = body[..Math.Min(body.Length, Probe)];
            if (probe.IndexOfAnyExcept(alphabet) is var cut and >= 0)
                probe = probe[..cut];
            // A key has digits or no words; a name that begins so (sk-estimator-doc-link, npm_config_user_agent) has words.
            if (probe.Length < Math.Min(min, Probe) || (min >= 14 && !IsGenerated(probe)))
                continue;
            var length = body.IndexOfAnyExcept(alphabet);
            if (length < 0)
                length = body.Length;
            // A full stop at its end is a sentence's.
            while (length > 0 && body[length - 1] is '.' or ',')
                length--;
            if (length < min || length > max || (max < int.MaxValue && length < body.Length && Characters.IsWord(body[length])))
                continue;
            return new(position + prefix.Length, position + prefix.Length + length);
        }
        return null;
    }

    private static bool IsGenerated(ReadOnlySpan<char> probe) =>
        probe.ContainsAny(Digits) || ValueShape.IsRandom(probe) || (probe.Length >= MinWordless && !probe.ContainsAny(Separators));

    /// <summary>Key ids of AWS: AKIA (long-lived), ASIA (temporary) and two more kinds; 16 upper-case letters and digits follow.</summary>
    private static SecretRange? AwsKeyId(string text, int position)
    {
        if (text.AsSpan(position) is not (['A', 'K' or 'S', 'I', 'A', ..] or ['A', 'B', 'I', 'A', ..] or ['A', 'C', 'C', 'A', ..]))
            return null;
        var end = Characters.RunEnd(text, position + 4, static value => char.IsAsciiLetterUpper(value) || char.IsAsciiDigit(value), 17);
        return end - position == 20 && (end == text.Length || !Characters.IsWord(text[end])) ? new(position + 4, end) : null;
    }

    /// <summary>A client secret of Microsoft Entra: three characters, a digit, <c>Q~</c>, and 31 or more.</summary>
    private static SecretRange? AzureSecret(string text, int position)
    {
        if (!IsAzure(text, position))
            return null;
        var end = Characters.RunEnd(text, position + 6, static value => Characters.IsToken(value) || value is '.' or '~');
        return end - position - 6 >= 31 ? new(position, end) : null;
    }

    /// <summary>Three parts of URL-safe base64 (RFC 7519), the first two JSON objects and so beginning with <c>eyJ</c>; also when cut off.</summary>
    private static SecretRange? JsonWebToken(string text, int position)
    {
        if (!text.AsSpan(position).StartsWith("eyJ", StringComparison.Ordinal))
            return null;
        // Without hyphens, which base64 of ASCII hardly has: so a run is looked through from its beginning only.
        var header = Characters.RunEnd(text, position, Characters.IsWord);
        if (header - position < 8 || header >= text.Length || text[header] != '.')
            return null;
        if (!text.AsSpan(header + 1).StartsWith("eyJ", StringComparison.Ordinal))
            return null;
        return new(position + 3, Characters.RunEnd(text, header + 1, static value => Characters.IsToken(value) || value == '.'));
    }

    /// <summary>What follows <c>Bearer</c> or <c>Basic</c> in an HTTP header.</summary>
    private static SecretRange? HttpCredential(string text, int position)
    {
        var rest = text.AsSpan(position);
        var bearer = rest.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase);
        if (!bearer && !rest.StartsWith("basic ", StringComparison.OrdinalIgnoreCase))
            return null;
        var start = position + (bearer ? "bearer ".Length : "basic ".Length);
        while (start < text.Length && text[start] == ' ')
            start++;
        var end = Characters.RunEnd(text, start, Characters.IsToken68);
        if (end - start < 8)
            return null;
        // Both are also English words: a credential is long, or has a digit, a capital within, or padding.
        return end - start >= 20 || text.AsSpan(start + 1, end - start - 1).ContainsAny(Credential) ? new(start, end) : null;
    }
}
