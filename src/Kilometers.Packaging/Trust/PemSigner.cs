using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts;
using Kilometers.Packaging.Archive;

namespace Kilometers.Packaging.Trust;

/// <summary>Signs with a private key in a PEM file: for development, and for build machines that keep the file safe.</summary>
public sealed class PemSigner : ISigner, IDisposable
{
    private readonly RSA _key;

    /// <summary>Creates a signer.</summary>
    /// <param name="chainPem">The certificate and those above it.</param>
    /// <param name="keyPem">The private key of the first certificate, unencrypted PKCS#8 or PKCS#1.</param>
    /// <exception cref="PackageFormatException"><c>KEY_STO_001</c>: one of them is not usable, or they do not belong together.</exception>
    public PemSigner(string chainPem, string keyPem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(chainPem);
            if (certificates.Count == 0)
                throw new CryptographicException("there is no certificate");
            Certificate = certificates[0];
            ChainPem = CertificateChain.ToPem(certificates);
            _key = RSA.Create();
            _key.ImportFromPem(keyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new PackageFormatException(ErrorCode.SigningKeys, $"The signing key or its certificate cannot be read: {e.Message}");
        }

        if (!Certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo()))
            throw new PackageFormatException(ErrorCode.SigningKeys, "The private key does not belong to the certificate");
    }

    /// <inheritdoc/>
    public X509Certificate2 Certificate { get; }

    /// <inheritdoc/>
    public string ChainPem { get; }

    /// <inheritdoc/>
    public byte[] SignDigest(byte[] digest) => _key.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }
}
