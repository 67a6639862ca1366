using CsCheck;
using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

public sealed class SecretMaskerTests
{
    private static readonly string[] Parts =
    [
        "password",
        "\"",
        "\\",
        ":",
        "=",
        "{",
        "[",
        "}",
        "]",
        " ",
        "eyJ",
        ".",
        "-----BEGIN ",
        "PRIVATE KEY",
        "-----END ",
        "Bearer ",
        "4111111111111111",
        "sk-",
        "://",
        "@",
        "x",
    ];

    // Joined at run time so that no scanner of this repository takes a made-up key for a real one.
    private const string Tail = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8";

    [Theory]
    [InlineData("km_live_", Tail)]
    [InlineData("sk-", "proj-" + Tail)]
    [InlineData("sk-ant-", "api03-" + Tail)]
    [InlineData("sk_live_", Tail)]
    [InlineData("ghp_", Tail)]
    [InlineData("gho_", Tail)]
    [InlineData("github_pat_", Tail)]
    [InlineData("glpat-", Tail)]
    [InlineData("xoxb-", "123456789012-" + Tail)]
    [InlineData("AIza", Tail)]
    [InlineData("npm_", Tail)]
    [InlineData("hf_", Tail)]
    [InlineData("AKIA", "IOSFODNN7EXAMPLE")]
    [InlineData("ASIA", "IOSFODNN7EXAMPLE")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0.c2lnbmF0dXJl")]
    [InlineData("Bearer ", Tail)]
    [InlineData("bearer ", "abcdefgh.ijk_l-m=")]
    [InlineData("Basic ", "dXNlcjpwYXNzd29yZA==")]
    [InlineData("postgres://user:", "hunter2pass@db/x")]
    public void Redact_KnownFormats_AreMaskedWhereverTheyStand(string prefix, string secret)
    {
        var hidden = secret.Split('@')[0];
        foreach (
            var text in new[]
            {
                $"{prefix}{secret}",
                $"say {prefix}{secret} now",
                $"{{\"text\":\"{prefix}{secret}\"}}",
                $"[\"x={prefix}{secret}\"]",
                $"\\\"{prefix}{secret}\\\"",
            }
        )
        {
            var masked = SecretMasker.Redact(text);
            Assert.DoesNotContain(hidden, masked, StringComparison.Ordinal);
            Assert.Contains(SecretMasker.Mask, masked, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"password":"hunter2","user":"a"}""", """{"password":"***","user":"a"}""")]
    [InlineData("""{"api_key" : "x\"y", "b":1}""", """{"api_key" : "***", "b":1}""")]
    [InlineData("""{"token":12345,"n":1}""", """{"token":"***","n":1}""")]
    [InlineData("""{"clientSecret":["a]","b"],"n":1}""", """{"clientSecret":"***","n":1}""")]
    [InlineData("""{"credentials":{"a":{"b":"}"}},"n":1}""", """{"credentials":"***","n":1}""")]
    [InlineData("""{"text":"{\"password\":\"hunter2\",\"n\":1}"}""", """{"text":"{\"password\":\"***\",\"n\":1}"}""")]
    [InlineData("""{"text":"{\"a\":\"{\\\"token\\\":\\\"xyz\\\"}\"}"}""", """{"text":"{\"a\":\"{\\\"token\\\":\\\"***\\\"}\"}"}""")]
    [InlineData("""{"password":"ends with backslash\\","n":1}""", """{"password":"***","n":1}""")]
    [InlineData("DB_PASSWORD=hunter2 next", "DB_PASSWORD=*** next")]
    [InlineData("?access_token=abc&x=1", "?access_token=***&x=1")]
    [InlineData("Authorization: Bearer abc", "Authorization: ***")]
    [InlineData("X-Api-Key: abc", "X-Api-Key: ***")]
    [InlineData("Cookie: a=1; b=2\nAccept: x", "Cookie: ***\nAccept: x")]
    [InlineData("Authorization: Digest response=abc, qop=auth\r\nAccept: x", "Authorization: ***\r\nAccept: x")]
    [InlineData("run --password=a,b}c -v", "run --password=*** -v")]
    [InlineData("run --password hunter2 -v", "run --password *** -v")]
    [InlineData("Server=db;User Id=sa;Password=p(w);Encrypt=true", "Server=db;User Id=sa;Password=***;Encrypt=true")]
    [InlineData("password=voil\u00e0123 x", "password=*** x")]
    [InlineData(
        "https://x.blob.core.windows.net/c?sv=2022&sig=a%2Bb%3D&se=2030",
        "https://x.blob.core.windows.net/c?sv=2022&sig=***&se=2030"
    )]
    [InlineData("""{"text":"{\"token\":12345,\"n\":1}"}""", """{"text":"{\"token\":\"***\",\"n\":1}"}""")]
    [InlineData("Set-Cookie: sid=1; Path=/", "Set-Cookie: ***; Path=/")]
    [InlineData("""{"secret":"cut off""", """{"secret":"***""")]
    [InlineData("card 4111 1111 1111 1111 ok", "card *** ok")]
    [InlineData("card 5500-0000-0000-0004.", "card ***.")]
    [InlineData("378282246310005", "***")]
    public void Redact_NamedSecretsAndCards_OnlyTheValueIsMasked(string text, string expected) =>
        Assert.Equal(expected, SecretMasker.Redact(text));

    [Fact]
    public void Redact_PrivateKey_IsMaskedToItsEndOrTheEndOfTheText()
    {
        const string Key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----";
        Assert.Equal("a *** b", SecretMasker.Redact($"a {Key} b"));
        Assert.Equal("a ***", SecretMasker.Redact($"a {Key[..^8]}"));
        Assert.Equal("***", SecretMasker.Redact(Key[..45]));
        const string Certificate = "-----BEGIN CERTIFICATE-----\nMHcCAQ\n-----END CERTIFICATE-----";
        Assert.Equal(Certificate, SecretMasker.Redact(Certificate));
    }

    [Fact]
    public void Redact_PrivateKeyOfPutty_LeavesItsPublicLines()
    {
        const string Public = "PuTTY-User-Key-File-3: ssh-ed25519\nPublic-Lines: 1\nAAAAC3NzaC1lZDI1\nPrivate-Lines: 1";
        Assert.Equal($"{Public}***Private-MAC: 00", SecretMasker.Redact($"{Public}\nAAAAIZEHBv9hn1ws\nPrivate-MAC: 00"));
        Assert.Equal($"{Public}***", SecretMasker.Redact($"{Public}\nAAAAIZEH"));
        Assert.Equal("Private-Lines: of the key", SecretMasker.Redact("Private-Lines: of the key"));
    }

    [Theory]
    [InlineData("requires version '1.0.0-preview.7'", null)]
    [InlineData("define('DB_PASSWORD', '1tu--%mLh%C@q7')", "define('DB_PASSWORD', '***')")]
    [InlineData("user-secrets set \"Smtp:Password\" \"3.Xj1-cdq%?a\"", "user-secrets set \"Smtp:Password\" \"***\"")]
    [InlineData("<keyMaterial>winter-falcon-06</keyMaterial>", "<keyMaterial>***</keyMaterial>")]
    public void Redact_WhatBeginsLikeAVersion_IsMaskedWhereNoVersionLooksSo(string text, string? expected) =>
        Assert.Equal(expected ?? text, SecretMasker.Redact(text));

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"progressToken":"p1"}}}""")]
    [InlineData("""{"max_tokens":100,"total_tokens":5,"cursor":"abc"}""")]
    [InlineData("basic information about the bearer of news")]
    [InlineData("4111 1111 1111 1112 is not a card, 12345678901234567890123 neither")]
    [InlineData("https://example.com:8080/a@b task-sk-x 2026-01-02T03:04:05.123456Z")]
    [InlineData("019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b")]
    [InlineData("019a0b1c-2d3e-7f40-4111-111111111111")]
    [InlineData("sk-estimator-doc-link-label npm_config_user_agent_string glpat-for-everybody-here-now")]
    [InlineData("at 1764000000008 and 1764000000000000003 or 1700000000")]
    [InlineData("task-sk-x, bearer certificate")]
    public void Redact_HarmlessText_IsUnchanged(string text) => Assert.Equal(text, SecretMasker.Redact(text));

    [Theory]
    [InlineData("token: &a ")]
    [InlineData("token: |\n")]
    [InlineData("token:")]
    [InlineData("token is ")]
    [InlineData("<token>")]
    [InlineData("\"token\">")]
    [InlineData("curl -u ")]
    [InlineData("insert into t (token) values (")]
    [InlineData("identified by '")]
    [InlineData("a:5432:b:c:")]
    public void Redact_TextThatEndsBeforeTheValue_IsUnchanged(string text) => Assert.Equal(text, SecretMasker.Redact(text));

    [Fact]
    public void Redact_AnyText_NeverThrows() =>
        Gen.OneOf(
                Gen.String[Gen.Char, 0, 300],
                Gen.Int[0, Parts.Length - 1].Select(static index => Parts[index]).Array[0, 60].Select(string.Concat)
            )
            .Sample(static text => SecretMasker.Redact(text).Length >= 0);

    [Theory]
    [InlineData("eyJ-")]
    [InlineData("eyJa.eyJ")]
    [InlineData("sk-")]
    [InlineData("hvs.a.")]
    [InlineData("--password ")]
    [InlineData("Cookie: '")]
    [InlineData("://hooks.slack.com/services/")]
    [InlineData("password ")]
    [InlineData("password\\")]
    [InlineData("password:\"")]
    [InlineData("password:{")]
    [InlineData("-----BEGIN ")]
    [InlineData("://a")]
    [InlineData("Bearer ")]
    [InlineData("4111-")]
    [InlineData("1")]
    [InlineData("a-")]
    [InlineData("\\")]
    [InlineData("Bearer a ")]
    [InlineData("auth=")]
    [InlineData("\"auth\":[")]
    [InlineData("cookie: ${ ")]
    [InlineData("<password>")]
    [InlineData("name=\"password\">")]
    [InlineData("token '")]
    [InlineData("token is ")]
    [InlineData("token,b\n1,")]
    [InlineData("insert into t (password) values ('")]
    [InlineData("$6$")]
    [InlineData("%70")]
    [InlineData("&quot;")]
    [InlineData("password: |\n  ")]
    [InlineData("curl -u a:")]
    [InlineData("a:5432:b:c:")]
    [InlineData("aGVsbG8gd29ybGQgaGVsbG8g-")]
    [InlineData("password=${")]
    public void Redact_HostileRepetition_IsLinear(string unit)
    {
        LinearTime.Assert(length =>
        {
            var text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
            return () => SecretMasker.Redact(text);
        });
    }
}
