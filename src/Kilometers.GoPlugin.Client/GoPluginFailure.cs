namespace Kilometers.GoPlugin.Client;

/// <summary>Why a plugin could not be started. The zero value is the unspecific one.</summary>
public enum GoPluginFailure
{
    /// <summary>Something else; the message says what.</summary>
    Unknown = 0,

    /// <summary>There is no such program.</summary>
    NotFound = 1,

    /// <summary>The file exists but may not or cannot be executed.</summary>
    NotExecutable = 2,

    /// <summary>The process ended, or closed its standard output, before it wrote a handshake line.</summary>
    ExitedBeforeHandshake = 3,

    /// <summary>No complete line came within <see cref="GoPluginClientOptions.StartTimeout"/>.</summary>
    HandshakeTimeout = 4,

    /// <summary>The first line of standard output is not a go-plugin handshake, or names an address that is not acceptable.</summary>
    InvalidHandshake = 5,

    /// <summary>The plugin speaks another version of the go-plugin core protocol than 1.</summary>
    UnsupportedCoreProtocol = 6,

    /// <summary>The plugin speaks none of <see cref="GoPluginClientOptions.ProtocolVersions"/>.</summary>
    UnsupportedProtocolVersion = 7,

    /// <summary>The plugin serves net/rpc, or something else that is not gRPC.</summary>
    UnsupportedTransport = 8,

    /// <summary>A client certificate was sent to the plugin, but none came back.</summary>
    MissingCertificate = 9,

    /// <summary>The certificate in the handshake is not one, or the plugin's server showed another one.</summary>
    InvalidCertificate = 10,

    /// <summary>The handshake was fine, but the plugin could not be reached, or did not answer.</summary>
    ConnectionFailed = 11,
}
