using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Building;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>A release of km and a plugin are never taken for each other, and a release holds km and nothing else.</summary>
public sealed class KmReleaseTests
{
    private static readonly VerificationPolicy ForKm = Verdict.Policy with { Kind = PackageKind.Km };

    [Fact]
    public void Release_WhereKmIsExpected_IsAccepted()
    {
        var (verification, files) = Verdict.Accepted(Release(), ForKm);
        Assert.Equal(("km", "2.0.0"), (verification.Manifest.Name, verification.Manifest.Version));
        Assert.Equal(["km"], files.Keys);
        Verdict.Accepted(Release(), Verdict.Policy with { Kind = null });
    }

    [Fact]
    public void Release_WhereAPluginIsExpected_IsRefused()
    {
        Verdict.Refused(ErrorCode.SignerRole, PackageGate.Chain, Release());
        Verdict.Refused(ErrorCode.StatementType, PackageGate.Statement, Release(forge => forge.Signer = TestAuthority.Trusted.Publisher));
    }

    [Fact]
    public void Plugin_WhereKmIsExpected_IsRefused()
    {
        Verdict.Refused(ErrorCode.SignerRole, PackageGate.Chain, PackageForge.Build(), ForKm);
        Verdict.Refused(
            ErrorCode.StatementType,
            PackageGate.Statement,
            PackageForge.Build(forge => forge.Signer = TestAuthority.Trusted.KmPublisher),
            ForKm
        );
    }

    [Fact]
    public void Release_SignedByAPublisherOfPlugins_IsRefused()
    {
        var release = Release(forge => forge.Signer = TestAuthority.Trusted.Publisher);
        Verdict.Refused(ErrorCode.SignerRole, PackageGate.Chain, release, ForKm);
        Verdict.Refused(ErrorCode.SignerRole, PackageGate.Chain, release, Verdict.Policy with { Kind = null });
    }

    [Fact]
    public void Plugin_SignedByAPublisherOfKm_IsRefused() =>
        Verdict.Refused(
            ErrorCode.SignerRole,
            PackageGate.Chain,
            PackageForge.Build(forge => forge.Signer = TestAuthority.Trusted.KmPublisher)
        );

    [Fact]
    public void Release_UnderTheAuthorityOfPlugins_IsRefused()
    {
        // What an API server can issue, if it holds the intermediate's key to sign revocation lists; and the intermediates of before had no usage.
        var authority = TestAuthority.Trusted;
        var underPlugins = LeafCertificate.Issue(
            authority.Intermediate,
            authority.IntermediateKey,
            authority.LeafKey,
            "odd",
            "Trusted",
            TestAuthority.Start,
            LeafCertificate.Life,
            SignerRole.KmPublisher
        );
        Refused(authority.Sign(underPlugins, authority.LeafKey));
        var old = OldIntermediate(authority);
        var underOld = LeafCertificate.Issue(
            old,
            authority.IntermediateKey,
            authority.LeafKey,
            "odd",
            "Trusted",
            TestAuthority.Start,
            LeafCertificate.Life,
            SignerRole.KmPublisher
        );
        Refused(authority.Sign(underOld, authority.LeafKey, old));
        Refused(
            authority.SignerWith(
                new X509BasicConstraintsExtension(false, false, 0, true),
                new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true),
                new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3"), new Oid("2.5.29.37.0")], true)
            )
        );

        static void Refused(ISigner signer)
        {
            var verification = Verdict.Verify(Release(forge => forge.Signer = signer), ForKm, out _);
            Assert.False(verification.IsVerified);
            Assert.Equal(PackageGate.Chain, verification.Gates.First(gate => gate.Outcome == GateOutcome.Failed).Gate);
        }
    }

    [Fact]
    public void Plugin_UnderAnAuthorityFromBeforeTheRoles_IsAccepted()
    {
        var authority = TestAuthority.Trusted;
        var old = OldIntermediate(authority);
        var leaf = LeafCertificate.Issue(
            old,
            authority.IntermediateKey,
            authority.LeafKey,
            "earlier",
            "Trusted",
            TestAuthority.Start,
            LeafCertificate.Life
        );
        Verdict.Accepted(PackageForge.Build(forge => forge.Signer = authority.Sign(leaf, authority.LeafKey, old)));
    }

    [Fact]
    public void Sign_WithASignerOfTheOtherKind_IsRefused()
    {
        var refusal = Assert.Throws<Packaging.Archive.PackageFormatException>(() =>
            PackageSigning.Sign(
                new MemoryStream(Release()),
                TestAuthority.Trusted.Publisher,
                new MemoryStream(),
                progress: null,
                CancellationToken.None
            )
        );
        Assert.Equal(ErrorCode.SignerRole, refusal.Code);
        refusal = Assert.Throws<Packaging.Archive.PackageFormatException>(() =>
            PackageSigning.Sign(
                new MemoryStream(PackageForge.Build()),
                TestAuthority.Trusted.KmPublisher,
                new MemoryStream(),
                progress: null,
                CancellationToken.None
            )
        );
        Assert.Equal(ErrorCode.SignerRole, refusal.Code);
    }

    [Fact]
    public void Plugin_CalledKm_IsRefused() =>
        Verdict.Refused(
            ErrorCode.ManifestRule,
            PackageGate.Manifest,
            Release(forge => (forge.PredicateType, forge.Signer) = (PluginManifest.PredicateType, TestAuthority.Trusted.Publisher))
        );

    [Fact]
    public void Release_ThatIsNotJustKm_IsRefused()
    {
        Refused(manifest => manifest with { Name = "kilometers" });
        Refused(manifest => manifest with { RequiredTier = "Pro" });
        Refused(manifest => manifest with { Os = "windows" });
        Refused(manifest =>
            manifest with
            {
                Customer = new CustomerBinding
                {
                    Id = "c",
                    BuildId = "b",
                    KeyId = "k",
                },
            }
        );
        Verdict.Refused(
            ErrorCode.ManifestRule,
            PackageGate.Manifest,
            Release(forge => forge.Files = [.. forge.Files, new ForgedFile("libmore.so", [1], false)]),
            ForKm
        );

        static void Refused(Func<PluginManifest, PluginManifest> change) =>
            Verdict.Refused(
                ErrorCode.ManifestRule,
                PackageGate.Manifest,
                Release(forge =>
                {
                    var before = forge.Manifest;
                    forge.Manifest = manifest => change(before(manifest));
                }),
                ForKm
            );
    }

    [Fact]
    public void Release_OfContractsThatThisKmDoesNotSpeak_IsAccepted() =>
        Verdict.Accepted(
            Release(forge =>
            {
                var before = forge.Manifest;
                forge.Manifest = manifest => before(manifest) with { ProtocolVersions = [7] };
            }),
            ForKm
        );

    [Fact]
    public void CheckSigned_ForAnySigner_ChecksAllButTheChain()
    {
        var release = Release(forge => forge.Signer = TestAuthority.Unknown.KmPublisher);
        Assert.Equal("km", PackageSigning.CheckSigned(new MemoryStream(release), PackageKind.Km, CancellationToken.None).Name);
        Fails(ErrorCode.StatementType, PackageForge.Build());
        Fails(ErrorCode.SignerRole, Release(forge => forge.Signer = TestAuthority.Trusted.Publisher));
        Fails(
            ErrorCode.InvalidSignature,
            Release(forge => forge.Envelope = json => json.Replace("\"sig\":\"", "\"sig\":\"AAAA", StringComparison.Ordinal))
        );
        Fails(ErrorCode.PackageTruncated, release[..^600]);
        release[PackageForge.PayloadStart(release) + 30] ^= 1;
        Fails(ErrorCode.PayloadDigest, release);

        static void Fails(string code, byte[] package) =>
            Assert.Equal(
                code,
                Assert
                    .Throws<Packaging.Archive.PackageFormatException>(() =>
                        PackageSigning.CheckSigned(new MemoryStream(package), PackageKind.Km, CancellationToken.None)
                    )
                    .Code
            );
    }

    [Fact]
    public void Build_OfAManifestCalledKm_MakesARelease()
    {
        var description = new PluginDescription
        {
            Name = "km",
            Version = "2.0.0",
            ReleaseSequence = 2,
            Description = "km",
            Author = "The tests",
            Category = "integration",
            RequiredTier = "Free",
            ProtocolVersions = [1, 2],
            MinimumCliVersion = "1.0.0",
            Entrypoint = "km",
        };
        var source = new PackageSource
        {
            Description = description,
            Os = "linux",
            Arch = "x64",
            Files = [new("km", () => new MemoryStream(PackageForge.Program()), true)],
            Build = new BuildOrigin
            {
                Source = "",
                Commit = "",
                Time = TestAuthority.Start,
            },
        };
        using var payload = new MemoryStream();
        var draft = PackageBuilder.Build(source, payload);
        Assert.StartsWith("km-", draft.FileName, StringComparison.Ordinal);
        using var unsigned = new MemoryStream();
        using var signed = new MemoryStream();
        draft.WriteUnsigned(unsigned, payload);
        unsigned.Position = 0;
        PackageSigning.Sign(unsigned, TestAuthority.Trusted.KmPublisher, signed, progress: null, CancellationToken.None);
        Verdict.Accepted(signed.ToArray(), ForKm);
        Verdict.Refused(ErrorCode.SignerRole, PackageGate.Chain, signed.ToArray());
    }

    private static X509Certificate2 OldIntermediate(TestAuthority authority)
    {
        var request = new CertificateRequest(
            "CN=Trusted earlier, O=Trusted",
            authority.IntermediateKey,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.Create(
            authority.RootCertificate.SubjectName,
            X509SignatureGenerator.CreateForRSA(authority.RootKey, RSASignaturePadding.Pkcs1),
            TestAuthority.Start,
            TestAuthority.Start.AddYears(2),
            [0x41, 7, 7]
        );
    }

    private static byte[] Release(Action<PackageForge>? change = null) =>
        PackageForge.Build(forge =>
        {
            forge.PredicateType = KmRelease.PredicateType;
            forge.Signer = TestAuthority.Trusted.KmPublisher;
            forge.Files = [new ForgedFile("km", PackageForge.Program(), true)];
            forge.Manifest = manifest => manifest with { Name = "km", Version = "2.0.0", Entrypoint = "km" };
            change?.Invoke(forge);
        });
}
