using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

public sealed class SecretFindTests
{
    private const string Token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

    [Theory]
    [InlineData(Token, SecretKind.Token)]
    [InlineData("token=" + Token, SecretKind.Token)]
    [InlineData("{\"password\":\"" + Token + "\"}", SecretKind.Token)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", SecretKind.PrivateKey)]
    [InlineData("postgres://app:Sommer2026xyz@db.example/main", SecretKind.UrlPassword)]
    [InlineData("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", SecretKind.PasswordHash)]
    [InlineData("4111 1111 1111 1111", SecretKind.PaymentCard)]
    [InlineData("password: hunter2", SecretKind.Other)]
    public void Find_Secret_HasItsKind(string text, SecretKind kind) => Assert.Equal(kind, Assert.Single(SecretMasker.Find(text)).Kind);

    [Fact]
    public void Find_PlainText_IsEmpty() => Assert.Empty(SecretMasker.Find("Nothing to see here, 42 times."));

    [Theory]
    [InlineData("a=" + Token + " and card 4111 1111 1111 1111")]
    [InlineData("https%3A%2F%2Fx%3Fpassword%3Dhunter2%26card%3D4111111111111111")]
    public void Find_Ranges_CoverWhatIsMasked(string text)
    {
        var masked = text.ToCharArray();
        foreach (var secret in SecretMasker.Find(text))
            Array.Fill(masked, '*', secret.Start, secret.End - secret.Start);
        var redacted = SecretMasker.Redact(text);
        Assert.NotEqual(text, redacted);
        Assert.Equal(redacted.Replace("*", "", StringComparison.Ordinal), new string(masked).Replace("*", "", StringComparison.Ordinal));
    }
}
