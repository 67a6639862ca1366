using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

public sealed class SecretNamesTests
{
    [Theory]
    [InlineData("password", "Secret")]
    [InlineData("DB_PASSWORD_2", "Secret")]
    [InlineData("_authToken", "Secret")]
    [InlineData("SECRET_KEY_BASE", "Secret")]
    [InlineData("X-Api-Key", "Secret")]
    [InlineData("spring.datasource.password", "Secret")]
    [InlineData("userPw", "Secret")]
    [InlineData("CARD_PIN", "Secret")]
    [InlineData("contraseña", "Secret")]
    [InlineData("Wachtwoord", "Secret")]
    [InlineData("Kennwort", "Secret")]
    [InlineData("senha", "Secret")]
    [InlineData("MotDePasse", "Secret")]
    [InlineData("пароль", "Secret")]
    [InlineData("パスワード", "Secret")]
    [InlineData("DB_PASS", "Ambiguous")]
    [InlineData("GITHUB_PAT", "Ambiguous")]
    [InlineData("REDIS_AUTH", "Ambiguous")]
    [InlineData("_auth", "Ambiguous")]
    [InlineData("HASH_SALT", "Ambiguous")]
    [InlineData("STRIPE_KEY", "Ambiguous")]
    [InlineData("sessionId", "Weak")]
    [InlineData("bypass", "Other")]
    [InlineData("compass", "Other")]
    [InlineData("author", "Other")]
    [InlineData("mapping", "Other")]
    [InlineData("primaryKey", "Other")]
    [InlineData("progressToken", "Other")]
    [InlineData("max_tokens", "Other")]
    [InlineData("keyboard", "Other")]
    [InlineData("", "Other")]
    [InlineData("---", "Other")]
    public void Classify_Name_ByItsWords(string name, string expected) =>
        Assert.Equal(expected, new SecretNames([]).Classify(name).ToString());

    [Theory]
    [InlineData("employee-7")]
    [InlineData("EMPLOYEE_7")]
    [InlineData("employee7")]
    public void Classify_NameOfTheUsersOwn_IsSecret(string name) =>
        Assert.Equal(NameKind.Secret, new SecretNames(["Employee 7"]).Classify(name));
}
