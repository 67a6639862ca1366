using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packager.Keys;

/// <summary>Makes keys and the certificates over them, into a folder.</summary>
internal static class KeyIssuance
{
    /// <summary>A clock that goes a little behind ours must not find a certificate that is not valid yet.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    /// <summary>What the names of keys for releases of km begin with.</summary>
    public const string KmPrefix = "km-";

    /// <summary>
    /// Makes everything that a publisher needs: root, an intermediate and a leaf for plugins, the same for releases of km, and the issuer of
    /// customers' seals.
    /// </summary>
    public static KeyState Create(KeyFolder folder, string organization, bool isDevelopment)
    {
        using var rootKey = RSA.Create(RootCertificate.KeySize);
        var root = RootCertificate.Create(rootKey, organization, isDevelopment, folder.Now - ClockDifference);
        folder.Store("root", root, rootKey);
        using var issuer = RSA.Create(IntermediateCertificate.KeySize);
        folder.StoreKey("issuer", issuer);
        var state = new KeyState
        {
            Organization = organization,
            ActiveIntermediate = "",
            ActiveLeaf = "",
            RevocationNumber = 0,
        };
        return Renew(folder, Renew(folder, state, SignerRole.Publisher), SignerRole.KmPublisher);
    }

    /// <summary>Makes a new intermediate under the root, and a leaf under it.</summary>
    /// <param name="folder">The keys.</param>
    /// <param name="state">Which are in use.</param>
    /// <param name="role">What they are for.</param>
    /// <returns>The state with them in use; nothing names them before it is written.</returns>
    public static KeyState Renew(KeyFolder folder, KeyState state, SignerRole role)
    {
        var next = state.With(role, IssueIntermediate(folder, state.Organization, role), "");
        return next.With(
            role,
            next.Intermediate(role)!,
            IssueLeaf(folder, next, role, publicKey: null, notBefore: null, LeafCertificate.Life)
        );
    }

    /// <summary>Issues a leaf under the active authority.</summary>
    /// <param name="folder">The keys.</param>
    /// <param name="state">Which authority.</param>
    /// <param name="role">What it signs.</param>
    /// <param name="publicKey">The key, where its private half lives elsewhere; null: a new one, kept here.</param>
    /// <param name="notBefore">From when; null: now.</param>
    /// <param name="life">For how long.</param>
    /// <returns>Its name in the folder.</returns>
    public static string IssueLeaf(
        KeyFolder folder,
        KeyState state,
        SignerRole role,
        RSA? publicKey,
        DateTimeOffset? notBefore,
        TimeSpan life
    )
    {
        var authorityName = state.Intermediate(role) ?? throw NoKeysForKm(folder);
        var authority = folder.ReadCertificate(authorityName);
        using var authorityKey = folder.ReadKey(authorityName);
        if (authority.NotAfter <= folder.Now)
            throw folder.Fault($"{authorityName} has expired; make a new one with: kmpkg keys rotate{Option(role)}");
        using var ownKey = publicKey is null ? RSA.Create(LeafCertificate.KeySize) : null;
        var number = folder.NextNumber(Prefix(role) + "leaf-");
        var name = $"{Prefix(role)}leaf-{number}";
        var leaf = LeafCertificate.Issue(
            authority,
            authorityKey,
            publicKey ?? ownKey!,
            $"{state.Organization} {Prefix(role)}publisher {number}",
            state.Organization,
            notBefore ?? folder.Now - ClockDifference,
            life,
            role
        );
        folder.Store(name, leaf, ownKey, CertificateChain.ToPem([leaf, authority]));
        return name;
    }

    /// <summary>The signer that the active leaf is.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: its key is not here, or nobody would accept its signature.</exception>
    public static ISigner ActiveSigner(KeyFolder folder, SignerRole role)
    {
        var state = folder.ReadState();
        var name = state.Leaf(role) ?? throw NoKeysForKm(folder);
        var leaf = folder.ReadCertificate(name);
        if (leaf.NotAfter <= folder.Now)
            throw folder.Fault($"{name} has expired; make a new one with: kmpkg keys leaf{Option(role)}");
        var authority = folder
            .ReadAll()
            .Where(entry => entry.Certificate.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData))
            .Select(entry => entry.Certificate)
            .FirstOrDefault()
            ?? throw folder.Fault($"the authority above {name} is not there");
        var revoked = folder.ReadRevocations(state).Certificates;
        if (new[] { leaf, authority }.Any(certificate => revoked.Contains(SerialOf(certificate))))
            throw folder.Fault(
                $"{name} was revoked; make a new one with: kmpkg keys leaf{Option(role)}, or, if its authority was, kmpkg keys rotate{Option(role)}"
            );
        using var key = folder.ReadKey(name);
        return new PemSigner(CertificateChain.ToPem([leaf, authority]), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A serial number as revocation lists have it.</summary>
    public static string SerialOf(X509Certificate2 certificate) => certificate.SerialNumber.ToLowerInvariant();

    private static string IssueIntermediate(KeyFolder folder, string organization, SignerRole role)
    {
        using var rootKey = folder.ReadKey("root");
        using var key = RSA.Create(IntermediateCertificate.KeySize);
        var number = folder.NextNumber(Prefix(role) + "intermediate-");
        var name = $"{Prefix(role)}intermediate-{number}";
        var certificate = IntermediateCertificate.Issue(
            folder.ReadCertificate("root"),
            rootKey,
            key,
            $"{organization} {Prefix(role)}intermediate {number}",
            organization,
            folder.Now - ClockDifference,
            role
        );
        folder.Store(name, certificate, key);
        return name;
    }

    private static string Prefix(SignerRole role) => role == SignerRole.KmPublisher ? KmPrefix : "";

    private static string Option(SignerRole role) => role == SignerRole.KmPublisher ? " --km" : "";

    private static KmException NoKeysForKm(KeyFolder folder) =>
        new(
            new KmError(
                ErrorCode.SigningKeys,
                "There are no keys for releases of km",
                $"{folder.Path} was made before they had keys of their own.",
                "Make them, with root/key.pem in its place: kmpkg keys rotate --km"
            )
        );
}
