using System.Security.Cryptography;
using System.Text;
using Kilometers.Packaging.Tests.Forging;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Tests.Trust;

public sealed class DsseEnvelopeTests
{
    /// <summary>The example of the specification (secure-systems-lab/dsse, protocol.md).</summary>
    [Fact]
    public void PreAuthenticationEncoding_ExampleOfTheSpecification_IsTheSame() =>
        Assert.Equal(
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
            Encoding.ASCII.GetString(DsseEnvelope.PreAuthenticationEncoding("http://example.com/HelloWorld", "hello world"u8))
        );

    [Fact]
    public void PreAuthenticationEncoding_CountsBytesNotCharacters() =>
        Assert.Equal("DSSEv1 2 \u00e9 0 ", Encoding.UTF8.GetString(DsseEnvelope.PreAuthenticationEncoding("\u00e9", [])));

    [Fact]
    public void Sign_Envelope_IsTheOneForm()
    {
        var signer = TestAuthority.Trusted.Publisher;
        var json = Encoding.ASCII.GetString(DsseEnvelope.Sign("application/vnd.in-toto+json", [0xfb, 0xff], signer));
        var key = Convert.ToHexStringLower(SHA256.HashData(signer.Certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.StartsWith(
            $$"""{"payloadType":"application/vnd.in-toto+json","payload":"+/8=","signatures":[{"keyid":"{{key}}","sig":""" + "\"",
            json,
            StringComparison.Ordinal
        );
        Assert.True(DsseEnvelope.Read(Encoding.ASCII.GetBytes(json)).IsSignedBy(TestAuthority.Trusted.LeafKey));
        Assert.False(DsseEnvelope.Read(Encoding.ASCII.GetBytes(json)).IsSignedBy(TestAuthority.Unknown.LeafKey));
    }
}
