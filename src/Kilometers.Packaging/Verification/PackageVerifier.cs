using System.Globalization;
using System.Security.Cryptography;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Verification;

/// <summary>
/// Takes a package through all gates in their order, and stops at the first that fails. The package is read once, from front to back;
/// what is unpacked comes from our own copy of those bytes, so that what was verified is what is used, whatever happens to the source.
/// </summary>
public sealed class PackageVerifier(VerificationPolicy policy)
{
    /// <summary>Verifies a package completely.</summary>
    /// <param name="package">The package from its beginning, read once.</param>
    /// <param name="copy">Gets every byte of it: empty, readable and seekable, and nobody else's.</param>
    /// <param name="directory">Where the files go, an empty directory of our own; null: they are only looked at.</param>
    /// <param name="progress">Gets the bytes read so far; null: nobody is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What became of it. The directory's content is worth nothing unless it is a success.</returns>
    /// <exception cref="IOException">The package cannot be read, or the copy or the files cannot be written.</exception>
    public PackageVerification Verify(
        Stream package,
        Stream copy,
        string? directory,
        IProgress<long>? progress,
        CancellationToken cancellationToken
    )
    {
        var verification = new PackageVerification();
        var source = new CopyingStream(package, copy, progress);
        var reader = new PackageReader(source);
        if (!VerifyFront(reader, verification))
            return verification;
        var manifest = verification.Unverified!;
        var gate = PackageGate.Payload;
        try
        {
            var start = copy.Length;
            VerifyPayload(reader, verification, cancellationToken);
            verification.Pass(gate, $"{manifest.PayloadSize} bytes, SHA-256 as signed");

            gate = PackageGate.Files;
            copy.Position = start;
            var seal = PayloadExtractor.Extract(new SliceStream(copy, manifest.PayloadSize), manifest, directory, cancellationToken);
            verification.Pass(gate, $"{manifest.Files.Count} files, each as signed");

            gate = PackageGate.Seal;
            verification.Pass(gate, SealGate.Check(manifest, seal));
        }
        catch (PackageFormatException e)
        {
            Fail(verification, gate, e);
        }

        return verification;
    }

    /// <summary>Verifies everything before the payload: who signed, what, for whom. Enough to show a package, not to run it.</summary>
    /// <param name="package">The package from its beginning.</param>
    /// <returns>What became of it; its payload gates are never passed.</returns>
    /// <exception cref="IOException">The package cannot be read.</exception>
    public PackageVerification VerifyFront(Stream package)
    {
        var verification = new PackageVerification();
        VerifyFront(new PackageReader(package), verification);
        return verification;
    }

    private bool VerifyFront(PackageReader reader, PackageVerification verification)
    {
        var gate = PackageGate.Container;
        try
        {
            var (attestation, chainPem) = reader.ReadFront();
            verification.Pass(gate, "format 1");

            gate = PackageGate.Signature;
            var envelope = DsseEnvelope.Read(attestation);
            using var chain = CertificateChain.Read(chainPem);
            if (!envelope.IsSignedBy(chain.Key))
                throw new PackageFormatException(ErrorCode.InvalidSignature, "The signature does not match the signed content");
            verification.Pass(gate, $"RSASSA-PSS with SHA-256, {chain.Key.KeySize} bits");

            // Where any kind is fine, what the statement says of itself chooses the role that its signer must have.
            gate = PackageGate.Statement;
            var wanted = policy.Kind ?? PackageStatements.CheckTypes(envelope);
            gate = PackageGate.Chain;
            var signer = chain.Verify(policy.Roots, wanted.Signer(), policy.Now);
            verification.Signer = signer;
            verification.Pass(gate, signer.Describe());

            gate = PackageGate.Statement;
            var kind = PackageStatements.CheckTypes(envelope);
            if (kind != wanted)
                throw new PackageFormatException(
                    ErrorCode.StatementType,
                    kind == PackageKind.Km ? "It is a release of km itself, not a plugin" : "It is a plugin, not a release of km"
                );
            verification.Pass(gate, kind == PackageKind.Km ? KmRelease.PredicateType : PluginManifest.PredicateType);

            gate = PackageGate.Manifest;
            var (manifest, digest) = PackageStatements.Read(envelope);
            verification.Describe(manifest, digest, envelope.StatementDigest());
            if (reader.PayloadSize != manifest.PayloadSize)
                throw new PackageFormatException(ErrorCode.PayloadDigest, "The payload has another size than was signed");
            verification.Pass(gate, $"{manifest.Name} {manifest.Version}, {manifest.Files.Count} files");

            gate = PackageGate.Revocation;
            if (policy.Revocations.WhyRevoked(signer, verification.PayloadDigest, manifest) is { } why)
                throw new PackageFormatException(ErrorCode.Revoked, char.ToUpperInvariant(why[0]) + why[1..]);
            verification.Pass(
                gate,
                policy.Revocations.Number == 0
                    ? "no revocation list yet"
                    : $"list {policy.Revocations.Number}{(policy.Revocations.Expires < policy.Now ? ", which is out of date" : "")}"
            );
            return VerifyHost(manifest, verification, ref gate);
        }
        catch (PackageFormatException e)
        {
            Fail(verification, gate, e);
            return false;
        }
    }

    private bool VerifyHost(PluginManifest manifest, PackageVerification verification, ref PackageGate gate)
    {
        gate = PackageGate.Customer;
        var host = policy.Host;
        if (
            manifest.Customer is { } customer
            && host is not null
            && (host.CustomerId is { } id ? id != customer.Id : host.KeyId is null || host.KeyId != customer.KeyId)
        )
            throw new PackageFormatException(
                ErrorCode.OtherCustomer,
                host.CustomerId is null && host.KeyId is null
                    ? $"It was built for customer {customer.Id}, and no customer is signed in"
                    : $"It was built for another customer ({customer.Id})"
            );
        verification.Pass(
            gate,
            manifest.Customer is null ? "for everyone" : $"customer {manifest.Customer.Id}, build {manifest.Customer.BuildId}"
        );

        gate = PackageGate.Tier;
        if (!TierText.TryParse(manifest.RequiredTier, out var tier) || (host is not null && tier > host.Tier))
            throw new PackageFormatException(ErrorCode.TierTooLow, $"It requires the {tier} tier; the subscription is {host?.Tier}");
        verification.Pass(gate, $"{tier}");

        gate = PackageGate.Compatibility;
        if (host is not null)
            CheckHost(manifest, host);
        verification.Pass(
            gate,
            $"{manifest.Os}-{manifest.Arch}, contract {string.Join(" or ", manifest.ProtocolVersions.Order())}, km {manifest.MinimumCliVersion} and later"
        );

        gate = PackageGate.Sequence;
        var highest = host is null ? 0 : policy.HighestSequence(manifest.Name);
        if (manifest.ReleaseSequence < highest && !policy.AllowDowngrade)
            throw new PackageFormatException(
                ErrorCode.Downgrade,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"It is release {manifest.ReleaseSequence} of {manifest.Name}; release {highest} was installed already"
                )
            );
        verification.Pass(gate, string.Create(CultureInfo.InvariantCulture, $"release {manifest.ReleaseSequence}"));
        return true;
    }

    private void CheckHost(PluginManifest manifest, HostFacts host)
    {
        if (manifest.Os != host.Os || manifest.Arch != host.Arch)
            throw new PackageFormatException(ErrorCode.Platform, $"It is for {manifest.Os}-{manifest.Arch}; this is {host.Os}-{host.Arch}");
        if (policy.Kind != PackageKind.Km && !manifest.ProtocolVersions.Any(host.ProtocolVersions.Contains))
            throw new PackageFormatException(
                ErrorCode.ProtocolVersion,
                $"It speaks version {string.Join(", ", manifest.ProtocolVersions)} of the km contract; this km speaks {string.Join(", ", host.ProtocolVersions)}"
            );
        if (
            !SemanticVersion.TryParse(host.CliVersion, out var version)
            || !SemanticVersion.TryParse(manifest.MinimumCliVersion, out var minimum)
            || version < minimum
        )
            throw new PackageFormatException(
                ErrorCode.CliVersion,
                $"It requires km {manifest.MinimumCliVersion} or later; this is {host.CliVersion}"
            );
        if (
            manifest.MaximumCliVersion is not null
            && (!SemanticVersion.TryParse(manifest.MaximumCliVersion, out var maximum) || version > maximum)
        )
            throw new PackageFormatException(
                ErrorCode.CliVersion,
                $"It requires km {manifest.MaximumCliVersion} or earlier; this is {host.CliVersion}"
            );
    }

    private static void VerifyPayload(PackageReader reader, PackageVerification verification, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        reader.ReadPayload(hash.AppendData, cancellationToken);
        if (!string.Equals(Convert.ToHexStringLower(hash.GetCurrentHash()), verification.PayloadDigest, StringComparison.Ordinal))
            throw new PackageFormatException(ErrorCode.PayloadDigest, "The payload is not the one that was signed");
        reader.ReadEnd();
    }

    private static void Fail(PackageVerification verification, PackageGate gate, PackageFormatException e) =>
        verification.Fail(gate, PackageErrors.Explain(e));
}
