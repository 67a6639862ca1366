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

    /// <summary>Makes everything that a publisher needs: root, intermediate, leaf, and the issuer of customers' seals.</summary>
    public static KeyState Create(KeyFolder folder, string organization, bool isDevelopment)
    {
        using var rootKey = RSA.Create(RootCertificate.KeySize);
        var root = RootCertificate.Create(rootKey, organization, isDevelopment, folder.Now - ClockDifference);
        folder.Store("root", root, rootKey);
        using var issuer = RSA.Create(IntermediateCertificate.KeySize);
        folder.StoreKey("issuer", issuer);
        var intermediate = IssueIntermediate(folder, organization);
        var state = new KeyState { Organization = organization, ActiveIntermediate = intermediate, ActiveLeaf = "", RevocationNumber = 0 };
        return state with { ActiveLeaf = IssueLeaf(folder, state, publicKey: null, notBefore: null, LeafCertificate.Life) };
    }

    /// <summary>Issues an authority under the root.</summary>
    /// <returns>Its name in the folder.</returns>
    public static string IssueIntermediate(KeyFolder folder, string organization)
    {
        using var rootKey = folder.ReadKey("root");
        using var key = RSA.Create(IntermediateCertificate.KeySize);
        var number = folder.NextNumber("intermediate-");
        var name = $"intermediate-{number}";
        folder.Store(name, IntermediateCertificate.Issue(folder.ReadCertificate("root"), rootKey, key, $"{organization} intermediate {number}", organization, folder.Now - ClockDifference), key);
        return name;
    }

    /// <summary>Issues a leaf under the active authority.</summary>
    /// <param name="folder">The keys.</param>
    /// <param name="state">Which authority.</param>
    /// <param name="publicKey">The key, where its private half lives elsewhere; null: a new one, kept here.</param>
    /// <param name="notBefore">From when; null: now.</param>
    /// <param name="life">For how long.</param>
    /// <returns>Its name in the folder.</returns>
    public static string IssueLeaf(KeyFolder folder, KeyState state, RSA? publicKey, DateTimeOffset? notBefore, TimeSpan life)
    {
        var authority = folder.ReadCertificate(state.ActiveIntermediate);
        using var authorityKey = folder.ReadKey(state.ActiveIntermediate);
        if (authority.NotAfter <= folder.Now) throw folder.Fault($"{state.ActiveIntermediate} has expired; make a new one with: kmpkg keys rotate");
        using var ownKey = publicKey is null ? RSA.Create(LeafCertificate.KeySize) : null;
        var number = folder.NextNumber("leaf-");
        var name = $"leaf-{number}";
        var leaf = LeafCertificate.Issue(authority, authorityKey, publicKey ?? ownKey!, $"{state.Organization} publisher {number}", state.Organization, notBefore ?? folder.Now - ClockDifference, life);
        folder.Store(name, leaf, ownKey, CertificateChain.ToPem([leaf, authority]));
        return name;
    }

    /// <summary>The signer that the active leaf is.</summary>
    /// <exception cref="KmException"><c>KEY_STO_001</c>: its key is not here, or nobody would accept its signature.</exception>
    public static ISigner ActiveSigner(KeyFolder folder)
    {
        var state = folder.ReadState();
        var leaf = folder.ReadCertificate(state.ActiveLeaf);
        if (leaf.NotAfter <= folder.Now) throw folder.Fault($"{state.ActiveLeaf} has expired; make a new one with: kmpkg keys leaf");
        var authority = folder.ReadAll().Where(entry => entry.Certificate.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData)).Select(entry => entry.Certificate).FirstOrDefault()
            ?? throw folder.Fault($"the authority above {state.ActiveLeaf} is not there");
        var revoked = folder.ReadRevocations(state).Certificates;
        if (new[] { leaf, authority }.Any(certificate => revoked.Contains(SerialOf(certificate))))
            throw folder.Fault($"{state.ActiveLeaf} was revoked; make a new one with: kmpkg keys leaf, or, if its authority was, kmpkg keys rotate");
        using var key = folder.ReadKey(state.ActiveLeaf);
        return new PemSigner(CertificateChain.ToPem([leaf, authority]), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A serial number as revocation lists have it.</summary>
    public static string SerialOf(X509Certificate2 certificate) => certificate.SerialNumber.ToLowerInvariant();
}
