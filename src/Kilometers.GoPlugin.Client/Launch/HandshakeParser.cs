using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kilometers.GoPlugin.Client.Logs;
using Kilometers.GoPlugin.Client.Transport;

namespace Kilometers.GoPlugin.Client.Launch;

/// <summary>
/// Reads <c>1|APP|NETWORK|ADDR|grpc|CERT</c>, the first line of a plugin's standard output, as go-plugin's <c>client.go</c> does, but
/// fails closed where that is lenient: a certificate must come back if one was sent, and TCP must be loopback.
/// </summary>
internal static class HandshakeParser
{
    private const string PrintedFirst = "A plugin must print nothing before its handshake: send log lines to standard error.";

    /// <param name="line">The line.</param>
    /// <param name="versions">The versions of the application's protocol that are offered.</param>
    /// <param name="wantsCertificate">Whether a certificate was sent.</param>
    /// <param name="runDirectory">The only folder in which the socket may be; null: any place on this machine.</param>
    /// <param name="problem">Why it is refused.</param>
    /// <returns>The handshake, or null and the <paramref name="problem"/>.</returns>
    public static Handshake? Parse(
        ReadOnlySpan<byte> line,
        IReadOnlyList<int> versions,
        bool wantsCertificate,
        string? runDirectory,
        out HandshakeProblem problem
    )
    {
        problem = default;
        if (line.StartsWith("\uFEFF"u8))
        {
            return Fail(
                out problem,
                GoPluginFailure.InvalidHandshake,
                "begins with a byte order mark",
                "Write plain UTF-8 without a byte order mark."
            );
        }

        var parts = Encoding.UTF8.GetString(line).Trim().Split('|');
        if (parts.Length < 4 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var core))
        {
            return Fail(
                out problem,
                GoPluginFailure.InvalidHandshake,
                "is not a go-plugin handshake (1|version|network|address|grpc|certificate)",
                PrintedFirst
            );
        }

        if (core != 1)
        {
            return Fail(
                out problem,
                GoPluginFailure.UnsupportedCoreProtocol,
                $"names go-plugin core protocol {core}; this host speaks 1",
                "Build the plugin with a go-plugin library of core protocol 1."
            );
        }

        var listed = string.Join(", ", versions.Order());
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            return Fail(out problem, GoPluginFailure.InvalidHandshake, "has no number for its protocol version", PrintedFirst);
        if (!versions.Contains(version))
        {
            return Fail(
                out problem,
                GoPluginFailure.UnsupportedProtocolVersion,
                $"names protocol version {version}; this host speaks {listed}",
                "Use a plugin and a host of matching versions."
            );
        }

        // The field is missing before go-plugin 1.0, which then meant net/rpc.
        var transport = parts.Length > 4 ? parts[4] : "netrpc";
        if (transport != "grpc")
        {
            return Fail(
                out problem,
                GoPluginFailure.UnsupportedTransport,
                $"offers the transport '{PrintableText.From(transport, 40)}'; this host speaks grpc only",
                "Serve the plugin over gRPC (in Go: plugin.ServeConfig.GRPCServer)."
            );
        }

        if (PluginAddress.Parse(parts[2], parts[3], runDirectory, out var why) is not { } address)
        {
            return Fail(
                out problem,
                GoPluginFailure.InvalidHandshake,
                why,
                runDirectory is null
                    ? "The plugin must listen on a Unix socket, or on a loopback address."
                    : "The plugin must listen on a Unix socket directly in the directory that PLUGIN_UNIX_SOCKET_DIR and TMPDIR name."
            );
        }

        if (!wantsCertificate)
            return new Handshake(version, address, null);
        if (parts.Length < 6 || parts[5].Length == 0)
        {
            return Fail(
                out problem,
                GoPluginFailure.MissingCertificate,
                "has no certificate, though the host sent one",
                "Build the plugin with a go-plugin library that supports AutoMTLS (1.0 or later)."
            );
        }

        return Decode(parts[5]) is { } certificate
            ? new Handshake(version, address, certificate)
            : Fail(
                out problem,
                GoPluginFailure.InvalidCertificate,
                "has a last field that is not a certificate (unpadded base64 of DER)",
                "Build the plugin with an unmodified go-plugin library."
            );
    }

    private static byte[]? Decode(string text)
    {
        // Go writes it without padding; others may pad.
        text = text.TrimEnd('=');
        try
        {
            var der = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.RawDataMemory.Span.SequenceEqual(der) ? der : null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static Handshake? Fail(out HandshakeProblem problem, GoPluginFailure failure, string why, string hint)
    {
        problem = new HandshakeProblem(failure, why, hint);
        return null;
    }
}
