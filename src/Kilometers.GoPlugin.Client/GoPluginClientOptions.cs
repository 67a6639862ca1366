using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client;

/// <summary>How to start one plugin and talk to it.</summary>
public sealed record GoPluginClientOptions
{
    /// <summary>The plugin's executable: a path, or a name that is looked up in <c>PATH</c>.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments, passed one to one.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>
    /// A program and its first arguments that start the plugin in their place: the plugin's file name and arguments follow them. It must
    /// become the plugin (<c>execve</c>), so that process id and pipes are the plugin's. Empty: the plugin is started directly.
    /// </summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>What the plugin's processes may use together, on systems where this takes no launcher (Windows); null: no limits.</summary>
    public JobLimits? Limits { get; init; }

    /// <summary>The name of the environment variable by which the plugin knows that a fitting host started it.</summary>
    public required string MagicCookieKey { get; init; }

    /// <summary>The value of that variable. Not a secret.</summary>
    public required string MagicCookieValue { get; init; }

    /// <summary>
    /// The versions of the application's own protocol that the host speaks, at least one, in any order. The plugin takes its highest
    /// that is among them.
    /// </summary>
    public required IReadOnlyList<int> ProtocolVersions { get; init; }

    /// <summary>
    /// An existing directory that only this user can enter (mode 0700): the plugin makes its sockets and temporary files in it. At most
    /// 80 bytes (macOS: 76) long, as the path of a Unix socket is limited to 108 (104).
    /// </summary>
    public required string RunDirectory { get; init; }

    /// <summary>
    /// The plugin's whole environment, but for what go-plugin itself adds. Inherited <c>PLUGIN_*</c> variables in it are left out:
    /// they belong to the host's own host.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Where the plugin may say that it listens. Default: on a socket of its own in <see cref="RunDirectory"/>.</summary>
    public PluginAddresses Addresses { get; init; }

    /// <summary>
    /// The largest message that is accepted from the plugin on any connection, in bytes, 1 or more; a call that gets a larger one fails with
    /// <c>ResourceExhausted</c> before it is read. Default 1 MiB. What the host sends is not limited.
    /// </summary>
    public int MaxReceivedMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Whether each side makes a certificate for this one launch and accepts exactly the other's. Default true.</summary>
    public bool AutoMtls { get; init; } = true;

    /// <summary>
    /// Whether the plugin is told that there are no system-wide trusted certificate authorities (<c>SSL_CERT_DIR</c> and
    /// <c>SSL_CERT_FILE</c> name none; not on Windows). Default true: AutoMTLS needs none, and reading them costs a .NET plugin about
    /// 60 ms of its start. A plugin that itself connects to servers on the network needs false.
    /// </summary>
    public bool WithoutSystemTrust { get; init; } = true;

    /// <summary>How long a plugin may take from its start until it answers. Default 60 s.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a plugin may take to answer the request to shut down, and then to end. Default 2 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How much lower than the host's the plugin's scheduling priority is, 0 to 19. Default 0.</summary>
    public int NiceIncrement { get; init; }

    /// <summary>
    /// Called with the process id as soon as the process runs, also if the plugin then fails to start. If it throws, the process is
    /// killed and the start fails with that exception.
    /// </summary>
    public Action<int>? ProcessStarted { get; init; }

    /// <summary>
    /// Called with the process id once the process has ended and was reaped; exactly once for each <see cref="ProcessStarted"/> that
    /// returned. What it throws is ignored.
    /// </summary>
    public Action<int>? ProcessEnded { get; init; }

    /// <summary>
    /// Called with every line of the plugin's standard error, in order, on a thread that does nothing else: as long as the call takes,
    /// the pipe is not read. What it throws is ignored.
    /// </summary>
    public Action<PluginLogEntry>? Log { get; init; }

    /// <summary>
    /// Called with what the plugin prints after the handshake. The memory is valid during the call only. Calls may come from two threads
    /// at once. What it throws is ignored.
    /// </summary>
    public Action<PluginOutputChannel, ReadOnlyMemory<byte>>? Output { get; init; }

    /// <summary>The clock for time limits and certificates.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The only folder in which the plugin may listen; null: anywhere on this machine.</summary>
    internal string? OnlyDirectory => Addresses == PluginAddresses.OwnSocket ? RunDirectory : null;
}
