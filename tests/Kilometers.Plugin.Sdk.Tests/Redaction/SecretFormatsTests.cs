using System.Text;
using System.Text.Json;
using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

/// <summary>What secrets look like in the wild, each put together at run time so that no scanner of this repository takes it for a real one.</summary>
public sealed class SecretFormatsTests
{
    private const string Mixed = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3hJ6kL9nP2rS5uV8";
    private const string Hex = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

    /// <summary>What the secret is called, what stands before it and tells its kind, the secret, what stands behind it.</summary>
    public static TheoryData<string, string, string, string> Secrets =>
        new()
        {
            { "AWS key id", "AKIA", "IOSFODNN7EXAMPLE", "" },
            { "AWS temporary key id", "ASIA", "Y34FZKBOKMUTVV7A", "" },
            { "AWS secret key", "aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY", "" },
            { "AWS session token", "AWS_SESSION_TOKEN=", "FwoGZXIvYXdz//" + Mixed + "==", "" },
            { "AWS presigned URL", "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature=", Hex + Hex, "&x=1" },
            { "AWS Bedrock", "ABSK", Mixed + Mixed, "" },
            { "GCP API key", "AIza", "SyD" + Mixed[..32], "" },
            { "GCP OAuth", "ya29.", "a0Af" + Mixed, "" },
            { "GCP client secret", "GOCSPX-", Mixed[..28], "" },
            {
                "Azure storage",
                "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=",
                "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
                ";EndpointSuffix=core.windows.net"
            },
            { "Azure service bus", "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=", Mixed[..43] + "=", "" },
            { "Azure SAS", "https://x/c?sv=2022-11-02&sp=r&sig=", "aB3%2F" + Mixed[..30] + "%3D", "" },
            { "Azure client secret", "", "abc8Q~" + Mixed[..34], "" },
            { "Adobe", "p8e-", Mixed[..32], "" },
            { "Dropbox", "sl.", Mixed + Mixed + Mixed[..39], "" },
            { "Frame.io", "fio-u-", Mixed + Mixed[..16], "" },
            { "Harness", "pat.", Mixed[..22] + "." + Hex[..24] + "." + Mixed[..20], "" },
            { "Lob", "live_", Hex + "abc", "" },
            { "Octopus Deploy", "API-", "AB3DE6GH9JK2MN5PQ8ST1VW4YZ", "" },
            { "OpenShift", "sha256~", Mixed[..43], "" },
            { "Scalingo", "tk-us-", Mixed[..48], "" },
            { "SettleMint", "sm_pat_", Mixed[..16], "" },
            { "Yandex", "AQVN", Mixed[..36], "" },
            { "GitHub classic", "ghp_", Mixed[..36], "" },
            { "GitHub fine-grained", "github_pat_", "11ABCDEFG0" + Mixed[..12] + "_" + Mixed, "" },
            { "GitHub app", "ghs_", Mixed[..36], "" },
            { "GitLab", "glpat-", Mixed[..20], "" },
            { "GitLab, routable", "glpat-", Mixed + ".01." + "0w1abcdef", "" },
            { "GitLab runner", "glrt-", Mixed[..20], "" },
            { "Slack bot", "xoxb-", "123456789012-1234567890123-" + Mixed[..24], "" },
            { "Slack app", "xapp-", "1-A012345-123-" + Hex, "" },
            { "Slack webhook", "https://hooks.slack.com/services/", "T00000000/B00000000/" + Mixed[..24], "" },
            { "Stripe", "sk_live_", Mixed[..24], "" },
            { "Stripe test", "sk_test_", Mixed[..24], "" },
            { "Stripe restricted", "rk_live_", Mixed[..24], "" },
            { "Stripe webhook", "whsec_", Mixed[..32], "" },
            { "OpenAI", "sk-", Mixed, "" },
            { "OpenAI project", "sk-proj-", Mixed + "_" + Mixed + "-x", "" },
            { "Anthropic", "sk-ant-api03-", Mixed + "-" + Mixed + "AA", "" },
            { "npm", "npm_", Mixed[..36], "" },
            { "PyPI", "pypi-", "AgEIcHlwaS5vcmc" + Mixed, "" },
            { "Hugging Face", "hf_", Mixed[..34], "" },
            { "Twilio key", "SK", Hex, "" },
            { "Twilio auth token", "TWILIO_AUTH_TOKEN=", Hex, "" },
            { "SendGrid", "SG.", Mixed[..22] + "." + Mixed[..43], "" },
            { "JWT", "eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0." + Mixed[..43], "" },
            { "basic auth in a URL", "https://user:", "p4ss-w0rd!", "@example.com/x" },
            { "database URL", "postgresql://app:", "s3cr%40t", "@db:5432/x" },
            { "connection string", "Server=tcp:x,1433;User ID=sa;Password=", "P@ss,w0rd)1", ";Encrypt=True" },
            { "MongoDB", "mongodb+srv://app:", Mixed[..12], "@cluster0.example.net/?retryWrites=true" },
            { "bearer", "Authorization: Bearer ", Mixed, "" },
            { "basic", "Authorization: Basic ", "dXNlcjpwYXNzd29yZA==", "" },
            { "cookie", "Cookie: ", "sid=" + Hex + "; other=" + Mixed, "" },
            { "API key header", "X-API-Key: ", Mixed, "" },
            { "option", "curl --token ", Mixed, " https://example.com" },
            { "card", "pay with ", "4111 1111 1111 1111", " today" },
            { "card, amex", "pay with ", "378282246310005", " today" },
            { "card, mastercard", "", "5555-5555-5555-4444", "" },
            { "DigitalOcean", "dop_v1_", Hex + Hex, "" },
            { "Vault", "hvs.", "CAESI" + Mixed, "" },
            { "Kilometers", "km_live_", Mixed, "" },
            { "Telegram", "", "7123456789:AA" + Mixed[..33], "" },
            { "Telegram, in an address", "https://api.telegram.org/bot", "7123456789:AA" + Mixed[..33], "/getMe" },
            { "Telegram, assigned", "value=", "7123456789:AA" + Mixed[..33], "" },
            { "Airtable, assigned", "value=", "pat" + Mixed[..14] + "." + Hex + Hex, "" },
            { "Terraform, behind a colon", "it:", Mixed[..14] + ".atlasv1." + Mixed, "" },
            { "Teams webhook", "https://example.webhook.office.com/webhookb2/", "8d7a@1c2b/IncomingWebhook/" + Hex + "/9f0e", "" },
            { "Zapier hook", "https://hooks.zapier.com/hooks/catch/", "12345/" + Mixed[..8], "" },
            { "Dropbox", "sl.", Mixed + "-" + Mixed, "" },
            { "Lob", "live_", Hex + "0a1", "" },
            { "a variable whose name says nothing", "PORT=1\nSTRIPE=", Mixed[..32], "\nDEBUG=1" },
            { "such a variable in quotes", "export SUPABASE_SERVICE_ROLE='", Mixed[..40], "'" },
            { "such a variable, hexadecimal", "docker run -e DATADOG=", Hex, " image" },
            { "a password of somebody", "The password for bob is ", "Winter2026!x", "" },
            { "a password of somebody, in quotes", "temporary password of the user 'bob' is \"", "w7Kq-2026", "\"" },
            { "a password in SQL", "ALTER ROLE app PASSWORD '", "correct@horse", "'" },
            { "htpasswd", "htpasswd -b .htpasswd bob ", "Winter2026!x", " && ls" },
            { "rabbitmqctl", "rabbitmqctl add_user bob ", "Winter2026!x", "" },
            { "lftp", "lftp -u bob,", "Winter2026!x", " ftp.example.com" },
            { "smbclient", "smbclient //h/s -U bob%", "Winter2026!x", "" },
            { "redis.conf", "requirepass ", "Winter2026!x", "\nport 6379" },
            { "a class's element", "<hudson.util.Secret>", "Winter2026!x", "</hudson.util.Secret>" },
            { "bearer, a member", "{ bearer: \"", "rocket.copper73", "\" }" },
        };

    public static TheoryData<string> PemLabels =>
        [
            "PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "DSA PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        ];

    /// <summary>Texts in which nothing is a secret.</summary>
    public static TheoryData<string> Harmless =>
        [
            "550e8400-e29b-41d4-a716-446655440000 and 019b7d2c-5a10-7c3e-9f00-012345678901",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "commit da39a3ee5e6b4b0d3255bfef95601890afd80709, md5 d41d8cd98f00b204e9800998ecf8427e",
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
            "The quick brown fox jumps over the lazy dog; 12,345.67 euros, 3 May 2026, +49 30 901820, section 4.2.1.",
            "Basic training is a secret garden of tokens and keys: everybody may ask the bearer about passwords in general.",
            "1764000000000 1764000000000000000 4111111111111112 0.4111111111111111",
            """{"jsonrpc":"2.0","id":1764000000123,"result":{"content":[{"type":"text","text":"src/token_bucket.rs:12: let tokens = 5;"}],"nextCursor":"eyJwYWdlIjoyfQ"}}""",
            "htpasswd -b FILE USER PASSWORD sets one; rabbitmqctl add_user bob needs a password; vault login asks for it; cat list | chpasswd",
            "GIT_COMMIT=da39a3ee5e6b4b0d3255bfef95601890afd80709\nIMAGE_DIGEST=sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "REQUEST=550e8400-e29b-41d4-a716-446655440000\nPATH=/usr/local/bin:/usr/bin:/opt/Tools2026/bin\nLS_COLORS=di=01;34:ln=01;36",
            "NODE_OPTIONS=--max-old-space-size=4096\nTERM=xterm-256color\nBUILD=release-2026.11.30-rc1\nSERVICE_NAME=payments-worker-eu-west-1",
            "The password for bob is required, and the token for the second call was refused; a key for the map is one thing.",
            "https://api.example.com/bots/7123456789:list and live_stream_of_the_conference, test_that_it_works_as_expected_2026",
            """{"usage":{"input_tokens":12,"output_tokens":7,"max_tokens":4096},"password":null,"hasToken":true}""",
        ];

    [Theory]
    [MemberData(nameof(Secrets))]
    public void Redact_Secret_IsGoneFromTextFromJsonAndFromJsonInJson(string kind, string before, string secret, string after)
    {
        var text = before + secret + after;
        var json = JsonSerializer.Serialize(new { method = "tools/call", text });
        var nested = JsonSerializer.Serialize(new { content = new[] { new { type = "text", text = json } } });
        foreach (
            var message in new[]
            {
                text,
                $"see {text}\nnext",
                json,
                nested,
                JsonSerializer.Serialize(new { nested }),
                nested[..(nested.LastIndexOf(secret[^2..], StringComparison.Ordinal) + 2)],
            }
        )
        {
            var redacted = Encoding.UTF8.GetString(new Redactor().Redact(Encoding.UTF8.GetBytes(message)).Span);
            Assert.False(
                redacted.Contains(secret, StringComparison.Ordinal)
                    || redacted.Contains(secret[(secret.Length / 2)..], StringComparison.Ordinal),
                $"{kind}: {redacted}"
            );
            Assert.Contains(SecretMasker.Mask, redacted, StringComparison.Ordinal);
        }
        // What stands around it is still there, and JSON is still JSON.
        var parts = JsonOf(nested).Split(SecretMasker.Mask);
        Assert.Equal(2, parts.Length);
        Assert.StartsWith(parts[0], before, StringComparison.Ordinal);
        Assert.Equal(after, parts[1]);
    }

    [Fact]
    public void Redact_PasswordThatIsPipedToAProgram_IsGone() =>
        Assert.Equal("echo 'bob:***' | sudo chpasswd -e", SecretMasker.Redact("echo 'bob:Winter2026!x' | sudo chpasswd -e"));

    [Theory]
    [MemberData(nameof(PemLabels))]
    public void Redact_PrivateKey_IsGoneAlsoWhenCutOff(string label)
    {
        var key = $"-----BEGIN {label}-----\n{Mixed}\n{Mixed}\n-----END {label}-----";
        foreach (
            var message in new[]
            {
                key,
                JsonSerializer.Serialize(new { pem = key }),
                JsonSerializer.Serialize(new { file = "a\n" + key + "\nb", n = 1 }),
                JsonSerializer.Serialize(new { pem = key })[..80],
            }
        )
        {
            var redacted = Encoding.UTF8.GetString(new Redactor().Redact(Encoding.UTF8.GetBytes(message)).Span);
            Assert.DoesNotContain(Mixed[..10], redacted, StringComparison.Ordinal);
            if (message.EndsWith('}'))
                JsonDocument.Parse(redacted).Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Harmless))]
    public void Redact_NoSecret_TheVeryBytesComeBack(string text)
    {
        foreach (var message in new[] { text, JsonSerializer.Serialize(new { text }), JsonSerializer.Serialize(new { text })[..^3] })
        {
            ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(message);
            var redacted = new Redactor().Redact(bytes);
            Assert.True(redacted.Equals(bytes), Encoding.UTF8.GetString(redacted.Span));
        }
    }

    [Fact]
    public void Redact_LargeImages_AreUnchanged()
    {
        var bytes = new byte[3_000_000];
        new Random(20260102).NextBytes(bytes);
        ReadOnlyMemory<byte> message = JsonSerializer.SerializeToUtf8Bytes(new { type = "image", data = Convert.ToBase64String(bytes) });
        Assert.True(new Redactor().Redact(message).Equals(message));
    }

    /// <summary>The text in the JSON in the JSON.</summary>
    private static string JsonOf(string nested)
    {
        using var outer = JsonDocument.Parse(new Redactor().Redact(Encoding.UTF8.GetBytes(nested)));
        using var inner = JsonDocument.Parse(outer.RootElement.GetProperty("content")[0].GetProperty("text").GetString()!);
        return inner.RootElement.GetProperty("text").GetString()!;
    }
}
