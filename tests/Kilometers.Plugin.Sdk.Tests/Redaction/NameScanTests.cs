using System.Text;
using Kilometers.Plugin.Sdk.Redaction;
using Xunit;

namespace Kilometers.Plugin.Sdk.Tests.Redaction;

public sealed class NameScanTests
{
    private const int Seed = 20261130;

    private static readonly string[] Parts =
    [
        "password",
        "my-pw",
        "DB_PW",
        "x-api-key",
        "Токен",
        "пароль",
        "Пароль",
        "密码",
        "contraseña",
        "session",
        "monkey",
        "name",
        "a-b-c-d-secret",
        "_authToken",
        "ſecret",
        "toKen",
        ": ",
        "=",
        " is ",
        " | ",
        ",",
        "\t",
        "\n",
        "\r\n",
        "\"",
        "'",
        "<",
        ">",
        "--",
        "-",
        "_",
        " ",
        "Xy7!kQ2z",
        "4eC39HqLyjWDarjtT1zdp7dc",
        "\\u0022",
        "%3D",
        "&quot;",
        "é",
        "😀",
    ];

    // A name of the user's own may be anything, so with one every word is looked at: what is passed over without must have no secret.
    [Fact]
    public void Redact_TextsWithAndWithoutNames_PassesOverNoSecret()
    {
        var open = new Redactor(["never-in-a-text"]);
        var random = new Random(Seed);
        var masked = 0;
        for (var number = 0; number < 20_000; number++)
        {
            var text = new StringBuilder();
            for (var part = random.Next(2, 14); part > 0; part--)
                text.Append(Parts[random.Next(Parts.Length)]);
            var expected = open.Redact(text.ToString());
            Assert.Equal(expected, SecretMasker.Redact(text.ToString()));
            masked += expected == text.ToString() ? 0 : 1;
        }

        Assert.True(masked > 1000, $"only {masked} texts had a secret");
    }
}
