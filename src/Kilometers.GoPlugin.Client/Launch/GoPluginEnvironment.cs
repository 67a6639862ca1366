using System.Globalization;

namespace Kilometers.GoPlugin.Client.Launch;

/// <summary>The environment of a plugin: the caller's allow-list and what go-plugin's protocol adds to it.</summary>
internal static class GoPluginEnvironment
{
    private const string Prefix = "PLUGIN_";

    // Neither a directory nor a bundle: .NET, Go and OpenSSL all find no authority there. An empty value would mean their default.
    private const string Nothing = "/dev/null";

    public static Dictionary<string, string> Create(GoPluginClientOptions options, string? clientCertificatePem)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in options.Environment)
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
                environment[name] = value;
        }

        environment[options.MagicCookieKey] = options.MagicCookieValue;
        environment["PLUGIN_MIN_PORT"] = "10000";
        environment["PLUGIN_MAX_PORT"] = "25000";
        environment["PLUGIN_PROTOCOL_VERSIONS"] = string.Join(
            ',',
            options.ProtocolVersions.Select(v => v.ToString(CultureInfo.InvariantCulture))
        );
        if (clientCertificatePem is not null)
            environment["PLUGIN_CLIENT_CERT"] = clientCertificatePem;

        // go-plugin 1.0 knows only the temporary directory, 1.5 and later the other.
        environment["PLUGIN_UNIX_SOCKET_DIR"] = options.RunDirectory;
        if (OperatingSystem.IsWindows())
        {
            environment["TMP"] = environment["TEMP"] = options.RunDirectory;
            return environment;
        }

        environment["TMPDIR"] = options.RunDirectory;
        if (options.WithoutSystemTrust)
            environment["SSL_CERT_DIR"] = environment["SSL_CERT_FILE"] = Nothing;
        return environment;
    }
}
