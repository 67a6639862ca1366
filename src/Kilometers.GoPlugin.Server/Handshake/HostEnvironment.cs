using System.Globalization;

namespace Kilometers.GoPlugin.Server.Handshake;

/// <summary>What a go-plugin host says to its plugin through the environment.</summary>
internal sealed record HostEnvironment
{
    /// <summary>The versions the host lists, in its order; empty if it sent none (an old host).</summary>
    public required IReadOnlyList<int> ProtocolVersions { get; init; }

    /// <summary>The host's certificate as PEM; null without AutoMTLS.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>The folder of the plugin's sockets. go-plugin before 1.5 only sets TMPDIR.</summary>
    public required string SocketDirectory { get; init; }

    /// <summary>The group, by name or number, that may connect to the sockets; null: only the user.</summary>
    public string? SocketGroup { get; init; }

    /// <summary>Whether the host asked, by the variable's presence, for multiplexing of brokered connections.</summary>
    public bool AsksForMultiplexing { get; init; }

    /// <summary>The TCP ports the host allows, both inclusive; used on Windows only.</summary>
    public required (int Lowest, int Highest) Ports { get; init; }

    public static HostEnvironment Read(Func<string, string?> variable) =>
        new()
        {
            ProtocolVersions = ParseVersions(variable("PLUGIN_PROTOCOL_VERSIONS")),
            ClientCertificate = NullIfEmpty(variable("PLUGIN_CLIENT_CERT")),
            SocketDirectory = NullIfEmpty(variable("PLUGIN_UNIX_SOCKET_DIR")) ?? Path.GetTempPath(),
            SocketGroup = NullIfEmpty(variable("PLUGIN_UNIX_SOCKET_GROUP")),
            AsksForMultiplexing = NullIfEmpty(variable("PLUGIN_MULTIPLEX_GRPC")) is not null,
            Ports = (ParsePort(variable("PLUGIN_MIN_PORT"), 10000), ParsePort(variable("PLUGIN_MAX_PORT"), 25000)),
        };

    private static List<int> ParseVersions(string? list)
    {
        var versions = new List<int>();
        foreach (var part in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Go's half ignores what is not a number; so does ours.
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
                versions.Add(version);
        }
        return versions;
    }

    private static int ParsePort(string? text, int fallback) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port : fallback;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
