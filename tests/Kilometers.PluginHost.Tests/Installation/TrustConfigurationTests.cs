using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Tests.Installation;

public sealed class TrustConfigurationTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RootsForKm_LeaveOutTheUsers_UnlessKmHasNoRootOfItsOwn()
    {
        var (own, administrators, users) = (Root("own"), Root("administrator"), Root("user"));
        var paths = new PluginPaths
        {
            Home = _folder["home"],
            SystemPlugins = null,
            SystemTrust = _folder["etc"],
            SystemPolicy = null,
            Project = _folder.Path,
            Bundled = _folder["packages"],
        };
        Write(_folder["etc"], administrators);
        Write(paths.Trust, users);

        var published = TrustConfiguration.Read(paths, own.ExportCertificatePem(), Now);
        Assert.Equal(3, published.Roots.Count);
        Assert.Equal([Print(own), Print(administrators)], published.RootsForKm.Select(root => root.Fingerprint));
        var fromSource = TrustConfiguration.Read(paths, null, Now);
        Assert.Equal([Print(administrators), Print(users)], fromSource.RootsForKm.Select(root => root.Fingerprint));
    }

    private static X509Certificate2 Root(string name)
    {
        using var key = RSA.Create(3072);
        return RootCertificate.Create(key, name, isDevelopment: false, Now.AddDays(-1));
    }

    private static string Print(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    private static void Write(string folder, X509Certificate2 root)
    {
        Kilometers.Files.PrivateFile.CreateDirectory(folder);
        Kilometers.Files.PrivateFile.Replace(
            Path.Combine(folder, "root.pem"),
            System.Text.Encoding.ASCII.GetBytes(root.ExportCertificatePem())
        );
    }
}
