using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kilometers.Api.Configuration;
using Kilometers.Contracts;

namespace Kilometers.Api.Hosting;

/// <summary>
/// The certificate with which the server itself speaks TLS. When its files change, new connections get the new one: renewing it interrupts
/// nobody. Files that cannot be used yet, because they are being replaced, leave the old one in its place.
/// </summary>
internal sealed class TlsCertificate
{
    private readonly string _file;
    private readonly string _keyFile;
    private readonly Lock _gate = new();
    private SslStreamCertificateContext _current;
    private (DateTime Certificate, DateTime Key) _written;

    private TlsCertificate(string file, string keyFile)
    {
        (_file, _keyFile) = (file, keyFile);
        _written = Written();
        _current = Read();
    }

    /// <summary>Reads it.</summary>
    /// <param name="options">The settings <c>Certificate</c> and <c>CertificateKey</c>.</param>
    /// <returns>Null if none is set.</returns>
    /// <exception cref="KmException"><c>API_CFG_001</c>: it cannot be used.</exception>
    public static TlsCertificate? Open(ApiOptions options)
    {
        if (options.Certificate is not { } file)
            return null;
        try
        {
            return new TlsCertificate(file, options.CertificateKey ?? file);
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw Settings.Fault("Certificate", $"{file}: {e.Message}");
        }
    }

    /// <summary>The server's own certificate and those above it.</summary>
    /// <param name="log">Is told of files that cannot be used.</param>
    public SslStreamCertificateContext Current(ILogger log)
    {
        lock (_gate)
        {
            var written = Written();
            if (written == _written)
                return _current;
            _written = written; // what cannot be used is tried once
            try
            {
                _current = Read();
            }
            catch (Exception e) when (IsUnusable(e))
            {
                log.LogWarning("The new certificate cannot be used, and the old one stays: {File}: {Reason}", _file, e.Message);
            }

            return _current;
        }
    }

    private SslStreamCertificateContext Read()
    {
        var certificate = X509Certificate2.CreateFromPemFile(_file, _keyFile);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(_file);
        all.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, all, offline: true);
    }

    private (DateTime Certificate, DateTime Key) Written() => (File.GetLastWriteTimeUtc(_file), File.GetLastWriteTimeUtc(_keyFile));

    private static bool IsUnusable(Exception e) =>
        e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException;
}
