using System.Security.Cryptography.X509Certificates;

namespace Kilometers.Packaging.Trust;

/// <summary>The seam to a private key: a file, or a command that reaches an HSM or a key service.</summary>
public interface ISigner
{
    /// <summary>The certificate of the key.</summary>
    X509Certificate2 Certificate { get; }

    /// <summary>The certificate and those above it without the root, PEM.</summary>
    string ChainPem { get; }

    /// <summary>Signs a digest with RSASSA-PSS, SHA-256, salt of 32 bytes.</summary>
    /// <param name="digest">32 bytes.</param>
    /// <returns>The signature, verified with the certificate's key.</returns>
    byte[] SignDigest(byte[] digest);
}
