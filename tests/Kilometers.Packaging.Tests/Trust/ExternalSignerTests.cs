using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Packaging.Tests.Trust;

/// <summary>The seam to an HSM, with commands that do everything wrong.</summary>
[Collection(nameof(Verification.GarbageTests))] // alone: what is allocated is measured
public sealed class ExternalSignerTests
{
    private static readonly RSA Key = RSA.Create(3072);
    private static readonly string Chain = RootCertificate.Create(Key, "Tests", true, DateTimeOffset.UnixEpoch).ExportCertificatePem();
    private static readonly byte[] Digest = SHA256.HashData("content"u8);

    [Fact]
    public void SignDigest_CommandThatSigns_GivesItsSignature()
    {
        var file = WriteSignature(RSASignaturePadding.Pss);
        var signature = Signer(
                $"/bin/sh -c 'test \"$(sha256sum | cut -c1-64)\" = {Convert.ToHexStringLower(SHA256.HashData(Digest))} && cat \"$0\"' '{file}'"
            )
            .SignDigest(Digest);
        Assert.True(Key.VerifyHash(Digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    [Fact]
    public void SignDigest_CommandThatDoesNotReadItsInput_IsNoMatter() =>
        Assert.NotEmpty(Signer($"/bin/cat {WriteSignature(RSASignaturePadding.Pss)}").SignDigest(Digest));

    [Fact]
    public void SignDigest_SignatureWithOtherPadding_IsRefused() =>
        Refused($"/bin/cat {WriteSignature(RSASignaturePadding.Pkcs1)}", "not an RSASSA-PSS signature");

    [Theory]
    [InlineData("/bin/true", "gave 0 bytes")]
    [InlineData("/bin/echo hello", "gave 6 bytes")]
    [InlineData("/bin/sh -c 'echo no token >&2; exit 3'", "exit code 3.\nno token")]
    [InlineData("/bin/sh -c 'printf \"\\033[31mred\" >&2; exit 1'", "?[31mred")]
    [InlineData("/nowhere/signer", "nowhere")]
    [InlineData("'unfinished", "quote")]
    [InlineData("", "empty")]
    public void SignDigest_CommandThatFails_IsRefusedWithItsWords(string command, string words) => Refused(command, words);

    [Fact]
    public void SignDigest_MuchOutput_IsRefusedWithoutKeepingIt()
    {
        const int Sent = 50_000_000;
        var before = GC.GetTotalAllocatedBytes();
        Refused($"/bin/sh -c 'head -c {Sent} /dev/zero'", "gave 4097 bytes");
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, Sent / 4);
    }

    [Fact]
    public void SignDigest_EndlessOutput_IsRefused() => Refused("/bin/cat /dev/zero", "It wrote more than 64 MiB.");

    [Fact]
    public void SignDigest_EndlessComplaints_AreCut() =>
        Assert.InRange(Refused("/bin/sh -c 'head -c 1000000 /dev/zero | tr \"\\0\" x >&2; exit 1'", "xxx").Length, 4000, 5000);

    [Fact]
    public async Task SignDigest_CommandThatDoesNotEnd_IsEndedAfter30Seconds()
    {
        var time = new FakeTimeProvider();
        var signing = Task.Run(
            () => Assert.Throws<KmException>(() => new ExternalSigner("/bin/sleep 1000", Chain, time).SignDigest(Digest)),
            TestContext.Current.CancellationToken
        );
        while (!signing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Task.Yield();
        }

        Assert.Contains("30 s", (await signing).Error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Create_NoCertificate_IsRefused(string chain) =>
        Assert.Equal(
            ErrorCode.SigningKeys,
            Assert.Throws<KmException>(() => new ExternalSigner("/bin/true", chain, TimeProvider.System)).Error.Code
        );

    private static ExternalSigner Signer(string command) => new(command, Chain, TimeProvider.System);

    private static string Refused(string command, string words)
    {
        var error = Assert.Throws<KmException>(() => Signer(command).SignDigest(Digest)).Error;
        Assert.Equal(ErrorCode.ExternalSigner, error.Code);
        Assert.Contains(words, error.Detail, StringComparison.Ordinal);
        return error.Detail!;
    }

    private static string WriteSignature(RSASignaturePadding padding)
    {
        var file = Path.Combine(AppContext.BaseDirectory, $"signature-{padding.Mode}-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, Key.SignHash(Digest, HashAlgorithmName.SHA256, padding));
        return file;
    }
}
