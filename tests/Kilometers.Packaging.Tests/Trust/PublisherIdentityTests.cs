using System.Security.Cryptography;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

public sealed class PublisherIdentityTests
{
    [Fact]
    public void Verify_AnotherKeyOfTheSamePublisher_IsTheSame()
    {
        using var key = RSA.Create(3072);
        var authority = TestAuthority.Trusted;
        var rotated = Publisher(authority, authority.Sign(authority.IssueLeaf(key), key));
        Assert.Equal(Publisher(authority, authority.Publisher), rotated);
        Assert.Equal(("Trusted", authority.Root.Fingerprint), (rotated.Organization, rotated.Root));
    }

    [Fact]
    public void Verify_TheSameNameUnderAnotherRoot_IsAnother()
    {
        var (own, other) = (TestAuthority.Trusted, TestAuthority.Unknown);
        using var key = RSA.Create(3072);
        var leaf = LeafCertificate.Issue(
            other.Intermediate,
            other.IntermediateKey,
            key,
            "Trusted publisher",
            "Trusted",
            TestAuthority.Start,
            LeafCertificate.Life
        );
        var (first, second) = (Publisher(own, own.Publisher), Publisher(other, other.Sign(leaf, key)));
        Assert.Equal(first.Organization, second.Organization);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first.ToId(), second.ToId());
    }

    private static PublisherIdentity Publisher(TestAuthority authority, ISigner signer)
    {
        using var chain = CertificateChain.Read(System.Text.Encoding.ASCII.GetBytes(signer.ChainPem));
        return chain.Verify([authority.Root], SignerRole.Publisher, TestAuthority.Now).Publisher;
    }
}
