using CsCheck;
using Kilometers.Contracts.Api;

namespace Kilometers.Contracts.Tests.Api;

public sealed class ApiKeyTests
{
    [Fact]
    public void Parse_ACreatedKey_IsTheSame()
    {
        var key = ApiKey.Create();
        Assert.Equal(key, ApiKey.Parse(key.Text));
        Assert.Equal($"km_live_{key.Id}_", key.Text[..21]);
        Assert.NotEqual(key, ApiKey.Create());
    }

    [Fact]
    public void Parse_AnyCharacterMistyped_IsNone()
    {
        var text = ApiKey.Create().Text;
        Gen.Select(Gen.Int[0, text.Length - 1], Gen.Char[' ', '~'])
            .Sample(change =>
            {
                var mistyped = text[..change.Item1] + change.Item2 + text[(change.Item1 + 1)..];
                return mistyped == text || ApiKey.Parse(mistyped) is null;
            });
    }

    [Fact]
    public void Parse_CutOffOrTooLong_IsNone()
    {
        var text = ApiKey.Create().Text;
        Assert.All(Enumerable.Range(0, text.Length), length => Assert.Null(ApiKey.Parse(text[..length])));
        Assert.Null(ApiKey.Parse(text + "x"));
        Assert.Null(ApiKey.Parse(null));
    }

    [Fact]
    public void ToString_ShowsNoSecret()
    {
        var key = ApiKey.Create();
        Assert.DoesNotContain(key.Text[21..], key.ToString(), StringComparison.Ordinal);
    }
}
