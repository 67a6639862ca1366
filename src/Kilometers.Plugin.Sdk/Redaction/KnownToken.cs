using System.Buffers;
using System.Collections.Frozen;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// Credentials that tell what they are by their beginning. Begins at a word's beginning only; a match is consumed, and what is not a
/// match is looked through a bounded number of times, so the time is linear.
/// </summary>
internal static class KnownToken
{
    private const int Probe = 64;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");
    private static readonly SearchValues<char> Credential = SearchValues.Create("0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>The beginning, and the fewest characters that follow it. By the first character.</summary>
    private static readonly FrozenDictionary<char, (string Prefix, int Fewest)[]> Prefixes = new (string Prefix, int Fewest)[]
    {
        // Kilometers, and payment: Stripe, Square, Shopify.
        ("km_live_", 4), ("km_test_", 4), ("sk_live_", 8), ("sk_test_", 8), ("rk_live_", 8), ("rk_test_", 8), ("pk_live_", 8), ("whsec_", 8),
        ("sq0atp-", 16), ("sq0csp-", 16), ("shpat_", 16), ("shpca_", 16), ("shppa_", 16), ("shpss_", 16),
        // Models: OpenAI and Anthropic, Hugging Face, Groq, xAI, Perplexity, Replicate.
        ("sk-", 16), ("hf_", 20), ("gsk_", 20), ("xai-", 20), ("pplx-", 20), ("r8_", 20),
        // Code and packages: GitHub, GitLab, npm, PyPI, RubyGems, Docker, Postman.
        ("ghp_", 16), ("gho_", 16), ("ghu_", 16), ("ghs_", 16), ("ghr_", 16), ("github_pat_", 16), ("glpat-", 16), ("gldt-", 16), ("glrt-", 16), ("glcbt-", 16),
        ("glptt-", 16), ("glft-", 16), ("gloas-", 16), ("glagent-", 16), ("glsoat-", 16), ("npm_", 20), ("pypi-", 16), ("rubygems_", 16), ("dckr_pat_", 16), ("PMAK-", 16),
        // Clouds: Google, AWS Bedrock, DigitalOcean, Vault, Databricks, Fly, Supabase.
        ("AIza", 30), ("ya29.", 16), ("GOCSPX-", 16), ("ABSK", 60), ("bedrock-api-key-", 20), ("dop_v1_", 32), ("doo_v1_", 32), ("dor_v1_", 32),
        ("hvs.", 20), ("hvb.", 20), ("dapi", 32), ("fo1_", 20), ("sbp_", 20),
        // Services: Slack, SendGrid, Twilio, Grafana, New Relic, Sentry, Atlassian, Linear, Notion, Figma, Doppler, Mailgun.
        ("xoxb-", 10), ("xoxp-", 10), ("xoxa-", 10), ("xoxr-", 10), ("xoxs-", 10), ("xoxo-", 10), ("xoxe-", 10), ("xoxe.", 10), ("xoxc-", 10), ("xoxd-", 10), ("xapp-", 10),
        ("SG.", 32), ("glsa_", 20), ("glc_", 20), ("NRAK-", 16), ("sntrys_", 20), ("sntryu_", 20), ("ATATT3", 20), ("ATCTT3", 20), ("lin_api_", 20),
        ("secret_", 32), ("ntn_", 20), ("figd_", 20), ("dp.pt.", 20), ("key-", 32), ("AGE-SECRET-KEY-", 20),
    }.GroupBy(static known => known.Prefix[0]).ToFrozenDictionary(static group => group.Key, static group => group.ToArray());

    public static SecretRange? Match(string text, int position) =>
        Prefixed(text, position) ?? AzureSecret(text, position) ?? text[position] switch
        {
            'A' => AwsKeyId(text, position),
            'S' => TwilioKey(text, position),
            'e' => JsonWebToken(text, position),
            'b' or 'B' => HttpCredential(text, position),
            _ => null,
        };

    private static SecretRange? Prefixed(string text, int position)
    {
        if (!Prefixes.TryGetValue(text[position], out var candidates)) return null;
        var rest = text.AsSpan(position);
        foreach (var (prefix, fewest) in candidates)
        {
            if (!rest.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var start = position + prefix.Length;
            // What is no key is looked at only so far, as the next word may begin within it.
            var probe = Characters.RunEnd(text, start, static value => Characters.IsToken(value) || value == '.', Probe) - start;
            // A key has digits; a name that begins so (sk-estimator-doc-link, npm_config_user_agent) hardly.
            if (probe < fewest || (fewest >= 16 && !text.AsSpan(start, probe).ContainsAny(Digits))) continue;
            var end = TokenEnd(text, start);
            if (end - start >= fewest) return new(start, end);
        }
        return null;
    }

    /// <summary>A token may have several parts with single full stops between; one at the end is a sentence's.</summary>
    private static int TokenEnd(string text, int start)
    {
        var end = Characters.RunEnd(text, start, Characters.IsToken);
        while (end > start && end + 1 < text.Length && text[end] == '.' && Characters.IsToken(text[end + 1])) end = Characters.RunEnd(text, end + 1, Characters.IsToken);
        return end;
    }

    /// <summary>Key ids of AWS: AKIA (long-lived), ASIA (temporary) and two more kinds; 16 upper-case letters and digits follow.</summary>
    private static SecretRange? AwsKeyId(string text, int position)
    {
        if (text.AsSpan(position) is not (['A', 'K' or 'S', 'I', 'A', ..] or ['A', 'B', 'I', 'A', ..] or ['A', 'C', 'C', 'A', ..])) return null;
        var end = Characters.RunEnd(text, position + 4, static value => char.IsAsciiLetterUpper(value) || char.IsAsciiDigit(value), 17);
        return end - position == 20 && (end == text.Length || !Characters.IsWord(text[end])) ? new(position + 4, end) : null;
    }

    /// <summary>SK and 32 hexadecimal digits.</summary>
    private static SecretRange? TwilioKey(string text, int position)
    {
        if (!text.AsSpan(position).StartsWith("SK", StringComparison.Ordinal)) return null;
        var end = Characters.RunEnd(text, position + 2, char.IsAsciiHexDigitLower, 33);
        return end - position == 34 && (end == text.Length || !Characters.IsWord(text[end])) ? new(position + 2, end) : null;
    }

    /// <summary>A client secret of Microsoft Entra: three characters, a digit, <c>Q~</c>, and 31 or more.</summary>
    private static SecretRange? AzureSecret(string text, int position)
    {
        if (position + 6 > text.Length || text[position + 4] != 'Q' || text[position + 5] != '~' || !char.IsAsciiDigit(text[position + 3])) return null;
        var end = Characters.RunEnd(text, position + 6, static value => Characters.IsToken(value) || value is '.' or '~');
        return end - position - 6 >= 31 ? new(position, end) : null;
    }

    /// <summary>Three parts of URL-safe base64 (RFC 7519), the first two JSON objects and so beginning with <c>eyJ</c>; also when cut off.</summary>
    private static SecretRange? JsonWebToken(string text, int position)
    {
        if (!text.AsSpan(position).StartsWith("eyJ", StringComparison.Ordinal)) return null;
        // Without hyphens, which base64 of ASCII hardly has: so a run is looked through from its beginning only.
        var header = Characters.RunEnd(text, position, Characters.IsWord);
        if (header - position < 8 || header >= text.Length || text[header] != '.') return null;
        if (!text.AsSpan(header + 1).StartsWith("eyJ", StringComparison.Ordinal)) return null;
        return new(position + 3, Characters.RunEnd(text, header + 1, static value => Characters.IsToken(value) || value == '.'));
    }

    /// <summary>What follows <c>Bearer</c> or <c>Basic</c> in an HTTP header.</summary>
    private static SecretRange? HttpCredential(string text, int position)
    {
        var rest = text.AsSpan(position);
        var bearer = rest.StartsWith("bearer ", StringComparison.OrdinalIgnoreCase);
        if (!bearer && !rest.StartsWith("basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var start = position + (bearer ? "bearer ".Length : "basic ".Length);
        while (start < text.Length && text[start] == ' ') start++;
        var end = Characters.RunEnd(text, start, Characters.IsToken68);
        if (end - start < 8) return null;
        // Both are also English words: a credential is long, or has a digit, a capital within, or padding.
        return end - start >= 20 || text.AsSpan(start + 1, end - start - 1).ContainsAny(Credential) ? new(start, end) : null;
    }
}
