using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Kilometers.Contracts;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Tests.Verification;

/// <summary>Packages that nobody, or nobody who may, has signed.</summary>
public sealed class SignatureAttackTests
{
    private static readonly X509BasicConstraintsExtension NoAuthority = new(false, false, 0, true);
    private static readonly X509KeyUsageExtension Signs = new(X509KeyUsageFlags.DigitalSignature, true);
    private static readonly X509EnhancedKeyUsageExtension ForCode = new([new Oid("1.3.6.1.5.5.7.3.3")], true);

    [Fact]
    public void Unsigned_IsRefused() => Refused(ErrorCode.Unsigned, PackageGate.Signature, forge =>
        {
            forge.Envelope = json => Signatures(json, []);
            forge.Chain = _ => "";
        });

    [Fact]
    public void SignatureStripped_IsRefused() =>
        Refused(ErrorCode.Unsigned, PackageGate.Signature, forge => forge.Envelope = json => Signatures(json, []));

    [Fact]
    public void SignatureEmptied_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge =>
            forge.Envelope = json => Change(json, signature => signature["sig"] = "")
        );

    [Fact]
    public void SignatureOfAnotherKey_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge => forge.Chain = _ => TestAuthority.Unknown.Publisher.ChainPem);

    [Fact]
    public void SignatureNamingAnotherKey_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge =>
            forge.Envelope = json => Change(json, signature => signature["keyid"] = new string('0', 64))
        );

    [Fact]
    public void PaddingOfPkcs1_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge => forge.Signer = new Pkcs1Signer(TestAuthority.Trusted));

    [Fact]
    public void UnknownSigner_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge => forge.Signer = TestAuthority.Unknown.Publisher);

    [Fact]
    public void NoTrustedRootAtAll_IsRefused() =>
        Verdict.Refused(ErrorCode.UntrustedChain, PackageGate.Chain, PackageForge.Build(), Verdict.Policy with { Roots = [] });

    [Fact]
    public void KeyFromThePackageItself_IsNotTrusted() => Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
        {
            forge.Signer = TestAuthority.Unknown.Publisher;
            forge.Chain = pem => pem + CertificateChain.ToPem([TestAuthority.Unknown.RootCertificate]);
        });

    [Fact]
    public void KeyFromThePackage_SelfSignedCodeSigning_IsNotTrusted() => Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
        {
            var request = new CertificateRequest(
                TestAuthority.Trusted.Intermediate.SubjectName,
                TestAuthority.Unknown.LeafKey,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            );
            foreach (var extension in new X509Extension[] { NoAuthority, Signs, ForCode })
                request.CertificateExtensions.Add(extension);
            var own = request.CreateSelfSigned(TestAuthority.Start, TestAuthority.Start.AddDays(100));
            forge.Signer = new PemSigner(own.ExportCertificatePem(), TestAuthority.Unknown.LeafKey.ExportPkcs8PrivateKeyPem());
        });

    [Fact]
    public void ChainWithTheTrustedRootPutIn_ForAnUnknownSigner_IsRefused() => Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
        {
            forge.Signer = TestAuthority.Unknown.Publisher;
            forge.Chain = pem => pem + CertificateChain.ToPem([TestAuthority.Trusted.Intermediate, TestAuthority.Trusted.RootCertificate]);
        });

    [Fact]
    public void ChainWithACertificateTooMany_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
            forge.Chain = pem => pem + CertificateChain.ToPem([TestAuthority.Unknown.Intermediate])
        );

    [Fact]
    public void ChainWithoutIntermediate_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
            forge.Chain = _ => CertificateChain.ToPem([TestAuthority.Trusted.Publisher.Certificate])
        );

    [Theory]
    [InlineData("")]
    [InlineData("no certificate\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void ChainThatIsNone_IsRefused(string pem) =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Signature, forge => forge.Chain = _ => pem);

    [Fact]
    public void ChainWithTextAroundIt_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Signature, forge => forge.Chain = pem => pem + "# a comment\n");

    [Fact]
    public void ChainOfTooManyCertificates_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Signature, forge =>
            forge.Chain = pem => pem + string.Concat(Enumerable.Repeat(CertificateChain.ToPem([TestAuthority.Trusted.Intermediate]), 4))
        );

    [Fact]
    public void ShortKey_IsRefused()
    {
        using var key = RSA.Create(2048);
        var authority = TestAuthority.Trusted;
        Refused(ErrorCode.UntrustedChain, PackageGate.Signature, forge => forge.Signer = authority.Sign(authority.IssueLeaf(key), key));
    }

    [Fact]
    public void ExpiredSigner_IsRefused()
    {
        var authority = TestAuthority.Trusted;
        Refused(ErrorCode.SignerExpired, PackageGate.Chain, forge =>
            forge.Signer = authority.Sign(authority.IssueLeaf(authority.LeafKey, days: 29), authority.LeafKey)
        );
    }

    [Fact]
    public void SignerOfTheFuture_IsRefused()
    {
        var authority = TestAuthority.Trusted;
        Refused(ErrorCode.SignerExpired, PackageGate.Chain, forge =>
            forge.Signer = authority.Sign(authority.IssueLeaf(authority.LeafKey, TestAuthority.Now.AddDays(1)), authority.LeafKey)
        );
    }

    [Fact]
    public void ExpiredRoot_IsRefused() =>
        Verdict.Refused(
            ErrorCode.SignerExpired,
            PackageGate.Chain,
            PackageForge.Build(),
            Verdict.Policy with
            {
                Now = TestAuthority.Start.AddYears(11),
            }
        );

    [Fact]
    public void WrongUsage_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
            forge.Signer = TestAuthority.Trusted.SignerWith(
                NoAuthority,
                Signs,
                new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], true)
            )
        );

    [Fact]
    public void NoUsageAtAll_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge => forge.Signer = TestAuthority.Trusted.SignerWith(NoAuthority, Signs));

    [Fact]
    public void KeyThatMustNotSign_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
            forge.Signer = TestAuthority.Trusted.SignerWith(
                NoAuthority,
                new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment, true),
                ForCode
            )
        );

    [Fact]
    public void AuthorityAsSigner_IsRefused() =>
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge => forge.Signer = TestAuthority.Trusted.Lists);

    [Fact]
    public void LeafAsAuthority_IsRefused()
    {
        var authority = TestAuthority.Trusted;
        var forged = LeafCertificate.Issue(
            authority.Publisher.Certificate,
            authority.LeafKey,
            TestAuthority.Unknown.LeafKey,
            "below a leaf",
            "Trusted",
            TestAuthority.Start,
            LeafCertificate.Life
        );
        Refused(ErrorCode.UntrustedChain, PackageGate.Chain, forge =>
            forge.Signer = new PemSigner(
                CertificateChain.ToPem([forged, authority.Publisher.Certificate, authority.Intermediate]),
                TestAuthority.Unknown.LeafKey.ExportPkcs8PrivateKeyPem()
            )
        );
    }

    [Fact]
    public void SecondSignatureOfTheSame_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge =>
            forge.Envelope = json => Signatures(json, [First(json), First(json)])
        );

    [Fact]
    public void ValidSignatureBesideAnInvalidOne_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge =>
            forge.Envelope = json => Signatures(json, [First(json), Other(json)])
        );

    [Fact]
    public void InvalidSignatureBesideAValidOne_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge =>
            forge.Envelope = json => Signatures(json, [Other(json), First(json)])
        );

    [Theory]
    [InlineData("[null]")]
    [InlineData("[[]]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""[{"keyid":null,"sig":"AAAA"}]""")]
    [InlineData("""[{"keyid":"x","sig":null}]""")]
    [InlineData("""[{"sig":"AAAA"}]""")]
    public void SignaturesOfAnotherForm_AreRefused(string signatures) =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge =>
            forge.Envelope = json =>
                json[..json.IndexOf("\"signatures\":", StringComparison.Ordinal)] + "\"signatures\":" + signatures + "}"
        );

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("no json")]
    public void EnvelopeThatIsNone_IsRefused(string envelope) =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge => forge.Envelope = _ => envelope);

    [Fact]
    public void EnvelopeWithADuplicateKey_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge => forge.Envelope = json => """{"payload":"AAAA",""" + json[1..]);

    [Fact]
    public void EnvelopeWithAnUnknownKey_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge => forge.Envelope = json => """{"more":1,""" + json[1..]);

    [Fact]
    public void EnvelopeWithWhiteSpace_IsRefused() =>
        Refused(ErrorCode.InvalidSignature, PackageGate.Signature, forge => forge.Envelope = json => json + "\n");

    private static void Refused(string code, PackageGate gate, Action<PackageForge> change) =>
        Verdict.Refused(code, gate, PackageForge.Build(change));

    private static JsonNode First(string envelope) => JsonNode.Parse(envelope)!["signatures"]![0]!.DeepClone();

    private static JsonNode Other(string envelope)
    {
        var other = First(envelope);
        other["sig"] = Convert.ToBase64String(new byte[384]);
        return other;
    }

    private static string Signatures(string envelope, JsonNode[] signatures)
    {
        var json = JsonNode.Parse(envelope)!;
        return $$"""{"payloadType":"{{json["payloadType"]}}","payload":"{{json["payload"]}}","signatures":[{{string.Join(',', signatures.Select(signature => $$"""{"keyid":"{{signature["keyid"]}}","sig":"{{signature["sig"]}}"}"""))}}]}""";
    }

    private static string Change(string envelope, Action<JsonNode> change)
    {
        var signature = First(envelope);
        change(signature);
        return Signatures(envelope, [signature]);
    }

    private sealed class Pkcs1Signer(TestAuthority authority) : ISigner
    {
        public X509Certificate2 Certificate => authority.Publisher.Certificate;

        public string ChainPem => authority.Publisher.ChainPem;

        public byte[] SignDigest(byte[] digest) => authority.LeafKey.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
