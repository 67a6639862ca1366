using System.Globalization;
using System.Text;

namespace Kilometers.GoPlugin.Server.Handshake;

/// <summary>The one line by which a plugin tells its host where and how to reach it: <c>1|APP|NETWORK|ADDR|grpc|CERT[|MUX]</c>.</summary>
internal static class HandshakeLine
{
    private const int CoreVersion = 1;

    /// <summary>The line in UTF-8, as a path is, with its end.</summary>
    /// <param name="version">The agreed application protocol version.</param>
    /// <param name="endpoint">Where the plugin listens.</param>
    /// <param name="certificate">The plugin's certificate as DER; empty without AutoMTLS, which leaves the field empty as Go does.</param>
    /// <param name="answerMultiplexing">Whether to say, as field 7, that brokered connections are not multiplexed; older hosts expect six fields.</param>
    public static byte[] Format(int version, PluginEndpoint endpoint, ReadOnlySpan<byte> certificate, bool answerMultiplexing)
    {
        // Go reads the certificate with RawStdEncoding, which refuses padding.
        var encoded = Convert.ToBase64String(certificate).TrimEnd('=');
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{CoreVersion}|{version}|{endpoint.Network}|{endpoint.Address}|grpc|{encoded}"
        );
        return Encoding.UTF8.GetBytes(answerMultiplexing ? line + "|false\n" : line + "\n");
    }
}
