using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Forging;

/// <summary>One publisher's certificates: root, intermediate, leaf. Keys are made once per run, they take their time.</summary>
internal sealed class TestAuthority
{
    private static readonly Lazy<TestAuthority> LazyTrusted = new(() => new TestAuthority("Trusted"));
    private static readonly Lazy<TestAuthority> LazyUnknown = new(() => new TestAuthority("Unknown"));

    private TestAuthority(string name)
    {
        Name = name;
        RootCertificate = Packaging.Trust.RootCertificate.Create(RootKey, name, isDevelopment: true, Start);
        Root = TrustRoot.Read(RootCertificate.ExportCertificatePem(), "the test");
        Intermediate = IntermediateCertificate.Issue(RootCertificate, RootKey, IntermediateKey, $"{name} 1", name, Start);
        Publisher = Sign(IssueLeaf(LeafKey), LeafKey);
        KmIntermediate = IntermediateCertificate.Issue(
            RootCertificate,
            RootKey,
            KmIntermediateKey,
            $"{name} km 1",
            name,
            Start,
            SignerRole.KmPublisher
        );
        var forKm = LeafCertificate.Issue(
            KmIntermediate,
            KmIntermediateKey,
            LeafKey,
            $"{name} km publisher",
            name,
            Start,
            LeafCertificate.Life,
            SignerRole.KmPublisher
        );
        KmPublisher = Sign(forKm, LeafKey, KmIntermediate);
        Lists = new PemSigner(Intermediate.ExportCertificatePem(), IntermediateKey.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>When all certificates begin; to be changed only before the first is made.</summary>
    public static DateTimeOffset Start { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The time at which tests verify, a month after every certificate began.</summary>
    public static DateTimeOffset Now => Start.AddDays(30);

    /// <summary>Its root is trusted.</summary>
    public static TestAuthority Trusted => LazyTrusted.Value;

    /// <summary>Made exactly alike, but nobody trusts its root.</summary>
    public static TestAuthority Unknown => LazyUnknown.Value;

    public string Name { get; }

    public RSA RootKey { get; } = RSA.Create(3072);

    public RSA IntermediateKey { get; } = RSA.Create(3072);

    public RSA LeafKey { get; } = RSA.Create(3072);

    public X509Certificate2 RootCertificate { get; }

    public X509Certificate2 Intermediate { get; }

    public TrustRoot Root { get; }

    /// <summary>Signs plugins.</summary>
    public ISigner Publisher { get; }

    /// <summary>Issues signers of releases of km.</summary>
    public X509Certificate2 KmIntermediate { get; }

    public RSA KmIntermediateKey { get; } = RSA.Create(3072);

    /// <summary>Signs releases of km.</summary>
    public ISigner KmPublisher { get; }

    /// <summary>Signs revocation lists.</summary>
    public ISigner Lists { get; }

    public X509Certificate2 IssueLeaf(RSA key, DateTimeOffset? notBefore = null, double days = 365) =>
        LeafCertificate.Issue(Intermediate, IntermediateKey, key, $"{Name} publisher", Name, notBefore ?? Start, TimeSpan.FromDays(days));

    /// <summary>A signer whose certificate says what the test wants.</summary>
    public ISigner SignerWith(params X509Extension[] extensions)
    {
        var request = new CertificateRequest($"CN={Name} odd", LeafKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        var generator = X509SignatureGenerator.CreateForRSA(IntermediateKey, RSASignaturePadding.Pkcs1);
        return Sign(request.Create(Intermediate.SubjectName, generator, Start, Start.AddDays(300), [0x41, 2, 3]), LeafKey);
    }

    /// <summary>A signer of a certificate under the intermediate, or under another one.</summary>
    public ISigner Sign(X509Certificate2 leaf, RSA key, X509Certificate2? above = null) =>
        new PemSigner(CertificateChain.ToPem([leaf, above ?? Intermediate]), key.ExportPkcs8PrivateKeyPem());
}
