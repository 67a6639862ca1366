using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Kilometers.Entitlements.Seals;
using Kilometers.Packaging.Tests.Forging;

namespace Kilometers.Packaging.Tests.Seals;

public sealed class CustomerSealTests
{
    private static readonly byte[] Token = Customers.Seal.Sign(Customers.IssuerKey);

    [Fact]
    public void Read_WhatSignGave_IsTheSame()
    {
        var seal = CustomerSeal.Read(Token);
        Assert.Equal(Customers.Seal with { IssuerKey = [] }, seal! with { IssuerKey = [] });
        Assert.Equal(Customers.Seal.IssuerKey, seal.IssuerKey);
    }

    [Fact]
    public void Sign_KeyOfAnother_IsRefused() => Assert.Throws<ArgumentException>(() => Customers.Seal.Sign(TestAuthority.Unknown.LeafKey));

    /// <summary>The last character of a part has bits that stand for nothing; but for these no change is read, and none is read as another seal.</summary>
    [Fact]
    public void Read_AnyChange_IsRefusedOrTheSame() =>
        Gen.Select(Gen.Int[0, Token.Length - 1], Gen.Byte[1, 255])
            .Sample(
                (at, mask) =>
                {
                    var changed = (byte[])Token.Clone();
                    changed[at] ^= mask;
                    if (CustomerSeal.Read(changed) is not { } seal)
                        return;
                    Assert.Equal(Token.Length - 1, at);
                    Assert.Equal(Customers.Seal with { IssuerKey = [] }, seal with { IssuerKey = [] });
                },
                iter: 3000
            );

    [Theory]
    [InlineData("""{"alg":"none","typ":"km-seal+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"km-seal+jwt"}""")]
    [InlineData("""{"alg":"RS256","typ":"km-seal+jwt"}""")]
    [InlineData("""{"alg":"PS256","typ":"km-ent+jwt"}""")]
    [InlineData("""{"alg":"PS256","typ":"km-seal+jwt","jwk":{}}""")]
    [InlineData("""{"typ":"km-seal+jwt","alg":"PS256"}""")]
    public void Read_OtherAlgorithmOrType_IsRefused(string header)
    {
        var parts = Encoding.ASCII.GetString(Token).Split('.');
        var signed = $"{Base64Url.EncodeToString(Encoding.ASCII.GetBytes(header))}.{parts[1]}";
        var signature = Customers.IssuerKey.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        Assert.Null(CustomerSeal.Read(Encoding.ASCII.GetBytes($"{signed}.{Base64Url.EncodeToString(signature)}")));
        Assert.Null(CustomerSeal.Read(Encoding.ASCII.GetBytes($"{signed}.")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d")]
    public void Read_NoToken_IsNone(string token) => Assert.Null(CustomerSeal.Read(Encoding.ASCII.GetBytes(token)));

    [Fact]
    public void Read_TooLong_IsNone() => Assert.Null(CustomerSeal.Read([.. Token, .. new byte[SealedExecutable.MaxSize]]));
}
