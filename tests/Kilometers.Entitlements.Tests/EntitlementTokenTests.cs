using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Kilometers.Entitlements.Tokens;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Kilometers.Entitlements.Tests;

public sealed class EntitlementTokenTests
{
    [Fact]
    public void Verify_WhatWasSigned_IsTheSame()
    {
        var read = EntitlementToken.Verify(Tokens.Create().Sign(Tokens.Key), Tokens.Issuer, Tokens.PublicKey);
        Assert.NotNull(read);
        Assert.Equivalent(Tokens.Create(), read, strict: true);
    }

    [Fact]
    public void Allows_OnlyTheBuildsOfThatPlugin()
    {
        var token = Tokens.Create();
        Assert.True(token.Allows("api-logger", "b2"));
        Assert.False(token.Allows("api-logger", "b3"));
        Assert.False(token.Allows("console-logger", "b1"));
    }

    [Fact]
    public void Verify_AnotherIssuer_IsNull() =>
        Assert.Null(EntitlementToken.Verify(Tokens.Create().Sign(Tokens.Key), "https://other.example.com", Tokens.PublicKey));

    [Fact]
    public void Verify_AnotherKey_IsNull()
    {
        using var other = RSA.Create(3072);
        Assert.Null(EntitlementToken.Verify(Tokens.Create().Sign(other), Tokens.Issuer, Tokens.PublicKey));
    }

    [Fact]
    public void Verify_SmallKey_IsNull()
    {
        using var small = RSA.Create(2048);
        Assert.Null(EntitlementToken.Verify(Tokens.Create().Sign(small), Tokens.Issuer, small.ExportSubjectPublicKeyInfo()));
    }

    [Fact]
    public void Verify_TimesInTheWrongOrder_IsNull()
    {
        foreach (
            var token in new[]
            {
                Tokens.Create() with
                {
                    ExpiresAt = Tokens.IssuedAt,
                },
                Tokens.Create() with
                {
                    OfflineUntil = Tokens.IssuedAt + 599,
                },
            }
        )
            Assert.Null(EntitlementToken.Verify(token.Sign(Tokens.Key), Tokens.Issuer, Tokens.PublicKey));
    }

    [Theory]
    [InlineData("""{"alg":"none","typ":"km-ent+jwt"}""")]
    [InlineData("""{"alg":"RS256","typ":"km-ent+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"km-ent+jwt"}""")]
    [InlineData("""{"alg":"PS256","typ":"km-seal+jwt"}""")]
    [InlineData("""{"alg":"PS256"}""")]
    [InlineData("""{"alg":"PS256","typ":"km-ent+jwt","crit":["x"]}""")]
    [InlineData("""{"alg":"PS256","typ":"km-ent+jwt","jwk":{}}""")]
    public void Verify_AnotherHeader_IsNullThoughItsSignatureFits(string header)
    {
        var payload = Tokens.Create().Sign(Tokens.Key).Split('.')[1];
        var signed = $"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(header))}.{payload}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        string[] signatures =
        [
            "",
            Base64Url.EncodeToString(Tokens.Key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)),
            Base64Url.EncodeToString(Tokens.Key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            Base64Url.EncodeToString(HMACSHA256.HashData(Tokens.PublicKey, bytes)),
        ];
        Assert.All(signatures, signature => Assert.Null(EntitlementToken.Verify($"{signed}.{signature}", Tokens.Issuer, Tokens.PublicKey)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d")]
    [InlineData("é.ü.ß")]
    public void Verify_NoToken_IsNull(string text) => Assert.Null(EntitlementToken.Verify(text, Tokens.Issuer, Tokens.PublicKey));

    [Theory]
    [InlineData("\"tier\":\"Pro\"", "\"tier\":\"Pro\",\"tier\":\"Enterprise\"")]
    [InlineData("\"tier\":\"Pro\"", "\"tier\":\"Pro\",\"admin\":true")]
    [InlineData("\"tier\":\"Pro\",", "")]
    [InlineData("\"tier\":\"Pro\"", "\"tier\":null")]
    [InlineData("\"features\":[\"api_logging\"]", "\"features\":null")]
    public void Verify_SignedButNotOfTheForm_IsNull(string from, string to)
    {
        var json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Tokens.Create().Sign(Tokens.Key).Split('.')[1]));
        Assert.Contains(from, json, StringComparison.Ordinal);
        var token = CompactJws.Sign("km-ent+jwt", Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)), Tokens.Key);
        Assert.Null(EntitlementToken.Verify(Encoding.ASCII.GetString(token), Tokens.Issuer, Tokens.PublicKey));
    }

    [Fact]
    public void Verify_AnyCharacterChanged_IsNull()
    {
        var token = Tokens.Create().Sign(Tokens.Key);
        Gen.Select(Gen.Int[0, token.Length - 1], Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."])
            .Sample(
                change =>
                {
                    var (at, character) = change;
                    var changed = token[..at] + character + token[(at + 1)..];

                    // The last character of a part carries bits that mean nothing; whatever decodes to the same bytes is the same token.
                    if (changed == token || EntitlementToken.Verify(changed, Tokens.Issuer, Tokens.PublicKey) is null)
                        return true;
                    return Decode(changed).SequenceEqual(Decode(token));
                },
                iter: 300
            );

        static byte[] Decode(string text) => [.. text.Split('.').SelectMany(part => Base64Url.DecodeFromChars(part))];
    }

    [Fact]
    public async Task A_standard_library_accepts_the_token()
    {
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            Tokens.Create().Sign(Tokens.Key),
            new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.RsaSsaPssSha256],
                ValidTypes = ["km-ent+jwt"],
                ValidIssuer = Tokens.Issuer,
                ValidateAudience = false,
                ValidateLifetime = false,
                IssuerSigningKey = new RsaSecurityKey(Tokens.Key),
            }
        );
        Assert.True(result.IsValid, result.Exception?.ToString());
        Assert.Equal("cus_1", result.Claims["sub"]);
    }

    [Fact]
    public void ToString_ShowsNothingOfTheToken() =>
        Assert.DoesNotContain("api_logging", Tokens.Create().ToString(), StringComparison.Ordinal);
}
