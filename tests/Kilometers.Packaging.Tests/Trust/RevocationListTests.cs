using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

public sealed class RevocationListTests
{
    private static readonly RevocationList List = new()
    {
        Number = 7,
        Issued = TestAuthority.Start,
        Expires = TestAuthority.Start.AddDays(30),
        Certificates = ["4711"],
        Payloads = [new string('a', 64)],
        Builds = ["build-9"],
        Versions =
        [
            new RevokedVersions
            {
                Name = "forged",
                From = "1.0.0",
                To = "1.2.0",
            },
        ],
    };

    private static readonly TestAuthority Authority = TestAuthority.Trusted;

    [Fact]
    public void Read_WhatWriteGave_IsTheSame()
    {
        var list = Read(RevocationList.Write(List, Authority.Lists));
        Assert.Equal((7, TestAuthority.Start, TestAuthority.Start.AddDays(30)), (list.Number, list.Issued, list.Expires));
        Assert.Equal(List.Certificates, list.Certificates);
        Assert.Equal(List.Payloads, list.Payloads);
        Assert.Equal(List.Builds, list.Builds);
        Assert.Equal(List.Versions, list.Versions);
        Assert.Equal([Authority.Intermediate.SerialNumber.ToLowerInvariant()], list.Signers);
    }

    [Fact]
    public void Read_SignedByALeaf_IsRefused() => Refused(RevocationList.Write(List, Authority.Publisher));

    [Fact]
    public void Read_SignedByAnUnknownAuthority_IsRefused() => Refused(RevocationList.Write(List, TestAuthority.Unknown.Lists));

    [Fact]
    public void Read_SignedByTheRootItself_IsRefused() =>
        Refused(
            RevocationList.Write(
                List,
                new PemSigner(Authority.RootCertificate.ExportCertificatePem(), Authority.RootKey.ExportPkcs8PrivateKeyPem())
            )
        );

    [Fact]
    public void Read_ThatRevokesItsOwnSigner_IsRefused() =>
        Refused(
            RevocationList.Write(List with { Certificates = [Authority.Intermediate.SerialNumber.ToLowerInvariant()] }, Authority.Lists)
        );

    [Fact]
    public void Read_AfterItsAuthorityExpired_IsRefused() =>
        Assert.Equal(
            ErrorCode.RevocationList,
            Assert
                .Throws<PackageFormatException>(() =>
                    RevocationList.Read(RevocationList.Write(List, Authority.Lists), [Authority.Root], TestAuthority.Start.AddYears(6))
                )
                .Code
        );

    [Fact]
    public void Read_PackagesEnvelope_IsNoList()
    {
        var envelope = DsseEnvelope.Sign("application/vnd.in-toto+json", Payload(List), Authority.Lists);
        Refused(Wrap(envelope, Authority.Lists.ChainPem));
    }

    [Fact]
    public void Read_ChainOfAnother_IsRefused() =>
        Refused(Wrap(DsseEnvelope.Sign(RevocationList.PayloadType, Payload(List), Authority.Lists), TestAuthority.Unknown.Lists.ChainPem));

    [Theory]
    [InlineData("\"number\":7", "\"number\":0")]
    [InlineData("\"number\":7", "\"number\":-7")]
    [InlineData("\"number\":7", "\"number\":\"7\"")]
    [InlineData("\"number\":7,", "")]
    [InlineData("\"number\":7", "\"number\":7,\"number\":8")]
    [InlineData("\"number\":7", "\"number\":7,\"more\":1")]
    [InlineData("\"certificates\":[\"4711\"]", "\"certificates\":null")]
    [InlineData("\"certificates\":[\"4711\"]", "\"certificates\":[null]")]
    [InlineData("\"certificates\":[\"4711\"]", "\"certificates\":[\"\"]")]
    [InlineData("\"certificates\":[\"4711\"]", "\"certificates\":[\"4A11\"]")]
    [InlineData("\"certificates\":[\"4711\"]", "\"certificates\":[\"47:11\"]")]
    [InlineData("\"builds\":[\"build-9\"]", "\"builds\":[\"build 9\"]")]
    [InlineData("\"name\":\"forged\"", "\"name\":\"Forged\"")]
    [InlineData("\"from\":\"1.0.0\"", "\"from\":\"1.0\"")]
    [InlineData("\"to\":\"1.2.0\"", "\"to\":\"latest\"")]
    [InlineData("aaaaaaaaaaaaaaaa\"", "aaaaaaaaaaaaaaaA\"")]
    [InlineData("aaaaaaaaaaaaaaaa\"", "aaaaaaaaaaaaaaa\"")]
    public void Read_ContentThatCouldBeMisread_IsRefused(string from, string to)
    {
        var json = Encoding.UTF8.GetString(Payload(List));
        Assert.Contains(from, json, StringComparison.Ordinal);
        Refused(
            Wrap(
                DsseEnvelope.Sign(
                    RevocationList.PayloadType,
                    Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)),
                    Authority.Lists
                ),
                Authority.Lists.ChainPem
            )
        );
    }

    [Fact]
    public void Read_MembersLeftOut_RevokeNothing()
    {
        var json = """{"number":7,"issued":"2030-01-01T00:00:00+00:00","expires":"2030-02-01T00:00:00+00:00"}"""u8.ToArray();
        var list = Read(Wrap(DsseEnvelope.Sign(RevocationList.PayloadType, json, Authority.Lists), Authority.Lists.ChainPem));
        Assert.Equal((0, 0, 0, 0), (list.Certificates.Count, list.Payloads.Count, list.Builds.Count, list.Versions.Count));
    }

    [Fact]
    public void Write_ContentThatNobodyWouldRead_IsRefused() =>
        Assert.Throws<PackageFormatException>(() => RevocationList.Write(List with { Certificates = ["ABCD"] }, Authority.Lists));

    [Fact]
    public void Read_AnyChange_IsRefusedOrTheSame()
    {
        var file = RevocationList.Write(List, Authority.Lists);
        var content = Payload(List);
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte[1, 255])
            .Sample(
                (at, mask) =>
                {
                    var changed = (byte[])file.Clone();
                    changed[at] ^= mask;
                    try
                    {
                        Assert.Equal(content, Payload(Read(changed)));
                    }
                    catch (PackageFormatException e)
                    {
                        Assert.Equal(ErrorCode.RevocationList, e.Code);
                    }
                },
                iter: 3000
            );
    }

    [Fact]
    public void Read_AnythingElse_IsRefused() => Gen.Byte.Array[0, 500].Sample(file => Refused(file), iter: 500);

    [Fact]
    public void ReadSuccessor_HigherNumber_IsAccepted() => Assert.Equal(8, Follow(List with { Number = 8 }, List).Number);

    [Fact]
    public void ReadSuccessor_FirstOfAll_IsAccepted() => Assert.Equal(7, Follow(List, RevocationList.Empty).Number);

    [Fact]
    public void ReadSuccessor_SameOnceMore_IsAccepted() => Assert.Equal(7, Follow(List, List).Number);

    [Fact]
    public void ReadSuccessor_LowerNumber_IsRefused() => RefusedAfter(List with { Number = 6 }, List);

    [Fact]
    public void ReadSuccessor_AnotherOfTheSameNumber_IsRefused() => RefusedAfter(List with { Builds = [] }, List);

    [Fact]
    public void ReadSuccessor_OfAnAuthorityThatTheCurrentOneRevokes_IsRefused() =>
        RefusedAfter(List with { Number = 8 }, List with { Certificates = [Authority.Intermediate.SerialNumber.ToLowerInvariant()] });

    private static RevocationList Follow(RevocationList next, RevocationList current) =>
        RevocationList.ReadSuccessor(RevocationList.Write(next, Authority.Lists), [Authority.Root], TestAuthority.Now, current);

    private static void RefusedAfter(RevocationList next, RevocationList current) =>
        Assert.Equal(ErrorCode.RevocationList, Assert.Throws<PackageFormatException>(() => Follow(next, current)).Code);

    private static RevocationList Read(byte[] file) => RevocationList.Read(file, [Authority.Root], TestAuthority.Now);

    private static void Refused(byte[] file) =>
        Assert.Equal(ErrorCode.RevocationList, Assert.Throws<PackageFormatException>(() => Read(file)).Code);

    private static byte[] Payload(RevocationList list)
    {
        var file = JsonNode.Parse(RevocationList.Write(list, Authority.Lists))!;
        return DsseEnvelope.Read(Convert.FromBase64String((string)file["envelope"]!)).Payload;
    }

    private static byte[] Wrap(byte[] envelope, string chain) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["envelope"] = Convert.ToBase64String(envelope), ["chain"] = chain }.ToJsonString());
}
