using System.Security.Cryptography;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;
using Kilometers.Packaging.Verification;

namespace Kilometers.Packaging.Building;

/// <summary>Signs packages, those that nobody signed and those that are to be signed anew.</summary>
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
    public static PluginManifest Sign(Stream package, ISigner signer, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(signer);
        var reader = new PackageReader(package);
        var envelope = DsseEnvelope.Parse(reader.ReadFront().Attestation);
        PackageStatements.CheckTypes(envelope);
        var (manifest, digest) = PackageStatements.Read(envelope);
        if (reader.PayloadSize != manifest.PayloadSize) throw new PackageFormatException(ErrorCode.PayloadDigest, "The payload has another size than the statement says");
        var start = package.Position;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        reader.ReadPayload(
            piece =>
            {
                hash.AppendData(piece);
                progress?.Report(package.Position);
            },
            cancellationToken);
        if (Convert.ToHexStringLower(hash.GetCurrentHash()) != digest) throw new PackageFormatException(ErrorCode.PayloadDigest, "The payload is not the one that the statement is about");
        reader.ReadEnd();
        package.Position = start;
        SealGate.Check(manifest, PayloadExtractor.Extract(new SliceStream(package, manifest.PayloadSize), manifest, directory: null, cancellationToken));

        package.Position = start;
        var attestation = DsseEnvelope.Sign(PackageStatement.PayloadType, envelope.Payload, signer);
        PackageWriter.Write(output, attestation, Encoding.ASCII.GetBytes(signer.ChainPem), package, manifest.PayloadSize);
        return manifest;
    }
}
