using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Building;

/// <summary>Signs packages, unsigned ones and ones to be signed again.</summary>
public static class PackageSigning
{
    /// <summary>Checks all that can be checked without knowing a root, then signs: a broken package never gets a signature.</summary>
    /// <param name="package">The package from its beginning, seekable.</param>
    /// <param name="signer">Signs the statement as it is.</param>
    /// <param name="output">Gets the signed package.</param>
    /// <param name="progress">Gets the bytes checked so far; null: nobody is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="PackageFormatException">The package is not fit to be signed.</exception>
    /// <exception cref="IOException">Reading or writing failed.</exception>
    public static PluginManifest Sign(
        Stream package,
        ISigner signer,
        Stream output,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(signer);
        var (manifest, envelope, start) = Check(package, progress, cancellationToken);
        CheckRole(signer, PackageStatements.CheckTypes(envelope));
        package.Position = start;
        var attestation = DsseEnvelope.Sign(PackageStatement.PayloadType, envelope.Payload, signer);
        PackageWriter.Write(output, attestation, Encoding.ASCII.GetBytes(signer.ChainPem), package, manifest.PayloadSize);
        return manifest;
    }

    /// <summary>Checks all of a signed package but who signed it, for those who keep packages whose publisher only their users know.</summary>
    /// <param name="package">The package from its beginning, seekable.</param>
    /// <param name="kind">What it must be of.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="PackageFormatException">It is damaged, not signed by the certificate that came with it, or of another kind.</exception>
    /// <exception cref="IOException">Reading failed.</exception>
    public static PluginManifest CheckSigned(Stream package, PackageKind kind, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(package);
        var (attestation, chainPem) = new PackageReader(package).ReadFront();
        var envelope = DsseEnvelope.Read(attestation);
        using var chain = CertificateChain.Read(chainPem);
        if (!envelope.IsSignedBy(chain.Key))
            throw new PackageFormatException(ErrorCode.InvalidSignature, "The signature does not match the signed content");
        if (PackageStatements.CheckTypes(envelope) != kind)
            throw new PackageFormatException(ErrorCode.StatementType, "The signed statement is about something else");
        chain.CheckRole(kind.Signer());
        package.Position = 0;
        return Check(package, progress: null, cancellationToken).Manifest;
    }

    /// <summary>Nobody gets a signature that every km would refuse.</summary>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_008</c> or <c>PLG_SIG_003</c>: the signer is not for this kind of package.</exception>
    internal static void CheckRole(ISigner signer, PackageKind kind)
    {
        using var chain = CertificateChain.Read(Encoding.ASCII.GetBytes(signer.ChainPem));
        chain.CheckRole(kind.Signer());
    }

    private static (PluginManifest Manifest, DsseEnvelope Envelope, long Start) Check(
        Stream package,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        var reader = new PackageReader(package);
        var envelope = DsseEnvelope.Parse(reader.ReadFront().Attestation);
        PackageStatements.CheckTypes(envelope);
        var (manifest, digest) = PackageStatements.Read(envelope);
        if (reader.PayloadSize != manifest.PayloadSize)
            throw new PackageFormatException(ErrorCode.PayloadDigest, "The payload has another size than the statement says");
        var start = package.Position;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        reader.ReadPayload(
            piece =>
            {
                hash.AppendData(piece);
                progress?.Report(package.Position);
            },
            cancellationToken
        );
        if (Convert.ToHexStringLower(hash.GetCurrentHash()) != digest)
            throw new PackageFormatException(ErrorCode.PayloadDigest, "The payload is not the one that the statement is about");
        reader.ReadEnd();
        package.Position = start;
        SealGate.Check(
            manifest,
            PayloadExtractor.Extract(new SliceStream(package, manifest.PayloadSize), manifest, directory: null, cancellationToken)
        );
        return (manifest, envelope, start);
    }
}
