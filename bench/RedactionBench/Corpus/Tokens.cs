using System.Text;
using static Kilometers.RedactionBench.Corpus.Values;

namespace Kilometers.RedactionBench.Corpus;

/// <summary>Credentials whose form tells what they are, as their services document them or hand them out. Only the beginnings are written here.</summary>
internal static class Tokens
{
    private const string LetterOrDigitUpper = Upper + Digits;
    private const string LetterOrDigitLower = Lower + Digits;

    public static readonly (string Form, Func<Values, string> Make)[] All =
    [
        ("AWS key id", static v => v.Any("AKIA", "ASIA") + v.Of(Upper + "234567", 16)),
        ("AWS Bedrock key", static v => "ABSK" + v.Base64(96)),
        ("Google API key", static v => "AIza" + "Sy" + v.Of(Url, 33)),
        ("Google OAuth token", static v => "ya29." + "a0" + v.Of(Url, 120)),
        ("Google client secret", static v => "GOCSPX-" + v.Of(Url, 28)),
        ("Google refresh token", static v => "1//0" + v.Of(Url, 100)),
        ("Azure client secret", static v => v.Of(AlphaNumeric, 3) + "8Q~" + v.Of(AlphaNumeric + "_~.-", 34)),
        ("Azure DevOps token", static v => v.Of(AlphaNumeric, 76) + "AZDO" + v.Of(AlphaNumeric, 4)),
        ("Azure storage key", static v => v.Of(AlphaNumeric + "+/", 76) + "+AS" + "t" + v.Of(AlphaNumeric, 6) + "=="),
        ("GitHub classic", static v => v.Any("ghp_", "gho_", "ghu_", "ghs_", "ghr_") + v.Of(AlphaNumeric, 36)),
        ("GitHub classic, letters", static v => "ghp_" + v.Of(Lower + Upper, 36)),
        ("GitHub fine-grained", static v => "github_pat_" + v.Of(AlphaNumeric, 22) + "_" + v.Of(AlphaNumeric, 59)),
        ("GitLab", static v => v.Any("glpat-", "gldt-", "glrt-", "glptt-", "glsoat-", "glcbt-") + v.Of(Url, 20)),
        ("GitLab, letters", static v => "glpat-" + v.Of(Lower + Upper, 20)),
        ("Bitbucket app password", static v => "ATBB" + v.Of(AlphaNumeric, 32)),
        ("Atlassian", static v => "ATATT3" + "xFf" + v.Of(Url, 180) + "=" + v.Of("0123456789ABCDEF", 8)),
        ("Slack bot", static v => $"xoxb-{v.Of(Digits, 12)}-{v.Of(Digits, 13)}-{v.Of(AlphaNumeric, 24)}"),
        ("Slack user", static v => $"xoxp-{v.Of(Digits, 12)}-{v.Of(Digits, 12)}-{v.Of(Digits, 13)}-{v.Hex(32)}"),
        ("Slack app", static v => $"xapp-1-A{v.Of(LetterOrDigitUpper, 10)}-{v.Of(Digits, 13)}-{v.Hex(64)}"),
        ("Stripe", static v => v.Any("sk_live_", "rk_live_", "sk_test_") + v.Of(AlphaNumeric, 24, 99)),
        ("Stripe webhook", static v => "whsec_" + v.Of(AlphaNumeric, 32)),
        ("OpenAI project", static v => "sk-proj-" + v.Of(Url, 74) + "T3Blbk" + "FJ" + v.Of(Url, 74)),
        ("OpenAI", static v => "sk-" + v.Of(AlphaNumeric, 48)),
        ("OpenAI, letters", static v => "sk-" + v.Of(Lower + Upper, 48)),
        ("Anthropic", static v => "sk-ant-api03-" + v.Of(Url, 93) + "AA"),
        ("OpenRouter", static v => "sk-or-v1-" + v.Hex(64)),
        ("Hugging Face", static v => "hf_" + v.Of(Lower + Upper, 34)),
        ("Groq", static v => "gsk_" + v.Of(AlphaNumeric, 52)),
        ("xAI", static v => "xai-" + v.Of(AlphaNumeric, 80)),
        ("Perplexity", static v => "pplx-" + v.Of(AlphaNumeric, 48)),
        ("Replicate", static v => "r8_" + v.Of(AlphaNumeric, 37)),
        ("Tavily", static v => "tvly-" + v.Of(AlphaNumeric, 32)),
        ("Firecrawl", static v => "fc-" + v.Hex(32)),
        ("LangSmith", static v => $"lsv2_pt_{v.Hex(32)}_{v.Hex(10)}"),
        ("Pinecone", static v => $"pcsk_{v.Of(AlphaNumeric, 6)}_{v.Of(AlphaNumeric, 63)}"),
        ("npm", static v => "npm_" + v.Of(AlphaNumeric, 36)),
        ("npm, letters", static v => "npm_" + v.Of(Lower + Upper, 36)),
        ("PyPI", static v => "pypi-" + "AgEIcHlwaS5vcmc" + v.Of(Url, 150)),
        ("RubyGems", static v => "rubygems_" + v.Hex(48)),
        ("NuGet", static v => "oy2" + v.Of(LetterOrDigitLower, 43)),
        ("crates.io", static v => "cio" + v.Of(AlphaNumeric, 32)),
        ("Docker Hub", static v => "dckr_pat_" + v.Of(Url, 27)),
        ("Postman", static v => $"PMAK-{v.Hex(24)}-{v.Hex(34)}"),
        ("DigitalOcean", static v => v.Any("dop_v1_", "doo_v1_", "dor_v1_") + v.Hex(64)),
        ("Vault", static v => "hvs." + v.Of(Url, 95)),
        ("Terraform Cloud", static v => v.Of(AlphaNumeric, 14) + ".atlasv1." + v.Of(AlphaNumeric, 67)),
        ("Databricks", static v => "dapi" + v.Hex(32)),
        ("Fly.io", static v => "FlyV1 " + "fm2_" + v.Base64(120)),
        ("Supabase", static v => v.Any("sbp_", "sb_secret_") + v.Hex(40)),
        ("Netlify", static v => "nfp_" + v.Of(AlphaNumeric, 36)),
        ("PlanetScale", static v => v.Any("pscale_tkn_", "pscale_pw_") + v.Of(Url, 43)),
        ("Pulumi", static v => "pul-" + v.Hex(40)),
        ("Prefect", static v => "pnu_" + v.Of(LetterOrDigitLower, 36)),
        ("SendGrid", static v => $"SG.{v.Of(Url, 22)}.{v.Of(Url, 43)}"),
        ("Mailgun", static v => "key-" + v.Hex(32)),
        ("Mailchimp", static v => v.Hex(32) + "-us" + v.Any("1", "7", "14", "21")),
        ("Brevo", static v => $"xkeysib-{v.Hex(64)}-{v.Of(AlphaNumeric, 16)}"),
        ("Twilio key", static v => "SK" + v.Hex(32)),
        ("Telegram bot", static v => $"{v.Of(Digits, 10)}:AA{v.Of(Url, 33)}"),
        ("Discord bot", static v => $"M{v.Of(AlphaNumeric, 25)}.G{v.Of(Url, 5)}.{v.Of(Url, 38)}"),
        ("Shopify", static v => v.Any("shpat_", "shpss_", "shpca_", "shppa_") + v.Hex(32)),
        ("Square", static v => v.Any("EAAA" + v.Of(Url, 60), "sq0csp-" + v.Of(Url, 43))),
        ("Plaid", static v => $"access-production-{v.Uuid()}"),
        ("Grafana", static v => $"glsa_{v.Of(AlphaNumeric, 32)}_{v.Hex(8)}"),
        ("Grafana Cloud", static v => "glc_" + "eyJ" + v.Of(AlphaNumeric, 120)),
        ("New Relic", static v => v.Any("NRAK-" + v.Of(LetterOrDigitUpper, 27), "NRII-" + v.Of(Url, 32))),
        ("Sentry", static v => v.Any("sntryu_" + v.Hex(64), "sntrys_" + "eyJ" + v.Of(AlphaNumeric, 150) + "_" + v.Of(AlphaNumeric, 43))),
        ("Dynatrace", static v => $"dt0c01.{v.Of(LetterOrDigitUpper, 24)}.{v.Of(LetterOrDigitUpper, 64)}"),
        ("Linear", static v => "lin_api_" + v.Of(AlphaNumeric, 40)),
        ("Notion", static v => v.Any("ntn_" + v.Of(Digits, 11) + v.Of(AlphaNumeric, 35), "secret_" + v.Of(AlphaNumeric, 43))),
        ("Figma", static v => "figd_" + v.Of(Url, 40)),
        ("Airtable", static v => $"pat{v.Of(AlphaNumeric, 14)}.{v.Hex(64)}"),
        ("Doppler", static v => "dp.pt." + v.Of(AlphaNumeric, 43)),
        ("HubSpot", static v => $"pat-na1-{v.Uuid()}"),
        ("Typeform", static v => "tfp_" + v.Of(Url, 44) + "_" + v.Of(AlphaNumeric, 14)),
        ("EasyPost", static v => v.Any("EZAK", "EZTK") + v.Of(AlphaNumeric, 54)),
        ("Facebook", static v => "EAA" + v.Of(AlphaNumeric, 150)),
        ("1Password service account", static v => "ops_" + "eyJ" + v.Of(AlphaNumeric, 300)),
        ("age", static v => "AGE-SECRET-KEY-1" + v.Of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
        ("JWT", static v => $"eyJhbGciOiJIUzI1NiJ9.{Part($$"""{"sub":"{{v.Uuid()}}","iat":{{v.Of(Digits, 10)}}}""")}.{v.Of(Url, 43)}"),
        ("card", static v => Card("4", v.Of(Digits, 14))),
    ];

    private static string Part(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=');

    /// <summary>With the check digit that makes it one.</summary>
    private static string Card(string network, string digits)
    {
        var number = network + digits;
        var sum = number
            .Select((digit, index) => (digit - '0') * (index % 2 == 0 ? 2 : 1))
            .Sum(static value => value > 9 ? value - 9 : value);
        return number + ((10 - (sum % 10)) % 10);
    }
}
