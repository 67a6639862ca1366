using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kilometers.Files;
using Kilometers.Packaging.Trust;

namespace Kilometers.Api.Keys;

/// <summary>Makes keys for development, as <c>kmpkg keys init</c> lays them out: plugins signed under their root run with a warning.</summary>
internal static class DevelopmentKeys
{
    /// <summary>Nobody was asked for a name, and Kilometers is that of the root built into km.</summary>
    private static readonly string Organization = PublisherName.Unnamed();

    public static string RootFile(string folder) => Path.Combine(folder, "root", "cert.pem");

    /// <summary>Makes the keys where there are none.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void Ensure(string folder, TimeProvider time)
    {
        if (File.Exists(Path.Combine(folder, "state.json")))
            return;
        var begin = time.GetUtcNow().AddMinutes(-5);
        using var rootKey = RSA.Create(RootCertificate.KeySize);
        using var authorityKey = RSA.Create(IntermediateCertificate.KeySize);
        using var leafKey = RSA.Create(LeafCertificate.KeySize);
        using var root = RootCertificate.Create(rootKey, Organization, isDevelopment: true, begin);
        using var authority = IntermediateCertificate.Issue(
            root,
            rootKey,
            authorityKey,
            $"{Organization} intermediate 1",
            Organization,
            begin
        );
        using var leaf = LeafCertificate.Issue(
            authority,
            authorityKey,
            leafKey,
            $"{Organization} publisher 1",
            Organization,
            begin,
            LeafCertificate.Life
        );
        Store(folder, "root", root, rootKey);
        Store(folder, "intermediate-1", authority, authorityKey);
        Store(folder, "leaf-1", leaf, leafKey);
        Write(folder, "leaf-1/chain.pem", CertificateChain.ToPem([leaf, authority]));

        // Last: without it there are no keys.
        Write(
            folder,
            "state.json",
            $$"""{"organization":"{{Organization}}","activeIntermediate":"intermediate-1","activeLeaf":"leaf-1","revocationNumber":0}"""
        );
    }

    private static void Store(string folder, string name, X509Certificate2 certificate, RSA key)
    {
        Write(folder, name + "/key.pem", key.ExportPkcs8PrivateKeyPem() + "\n");
        Write(folder, name + "/cert.pem", CertificateChain.ToPem([certificate]));
    }

    private static void Write(string folder, string file, string text) =>
        PrivateFile.Replace(Path.Combine(folder, file), Encoding.ASCII.GetBytes(text));
}
