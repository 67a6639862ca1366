using Kilometers.Plugin.Sdk.Authorization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kilometers.Plugin.Sdk;

/// <summary>
/// What all sessions of one process share: a connection, a file, a cache. There is one for each process, given to
/// <see cref="PluginServer.RunSessionsAsync"/>. Sessions run side by side: what they call
/// here must be safe to call from several threads.
/// </summary>
public abstract class PluginServices
{
    /// <summary>Writes to km's log, as this plugin.</summary>
    protected internal ILogger Logger { get; internal set; } = NullLogger.Instance;

    /// <summary>The configuration, the same for all sessions. Known from <see cref="InitializeAsync"/> on.</summary>
    protected internal PluginConfiguration Configuration { get; internal set; } = new();

    /// <summary>What the customer may use, as the last authorization granted it.</summary>
    protected internal Entitlement Entitlement { get; internal set; } = Entitlement.None;

    /// <summary>The version of km; empty if not known.</summary>
    protected internal string HostVersion { get; internal set; } = "";

    /// <summary>Prepares for sessions; <see cref="Configuration"/> is known. What it throws keeps the plugin from being used.</summary>
    /// <param name="cancellationToken">Cancelled when the host no longer waits.</param>
    public virtual ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Writes out and releases what the process holds. Called once, after the last session has ended.</summary>
    /// <param name="cancellationToken">Cancelled at the host's deadline; the process is ended soon after.</param>
    public virtual ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
