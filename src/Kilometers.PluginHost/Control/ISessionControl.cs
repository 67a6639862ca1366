using Kilometers.Contracts;

namespace Kilometers.PluginHost.Control;

/// <summary>What a session lets others of its user see and do. Called by any thread.</summary>
internal interface ISessionControl
{
    /// <summary>How things stand now. Must not wait for anything.</summary>
    SessionReport Report();

    /// <summary>Does something to a plugin.</summary>
    /// <param name="action">What.</param>
    /// <param name="plugin">A valid name.</param>
    /// <param name="peer">Who asked for it, for the audit log.</param>
    /// <param name="cancellationToken">The session ends, or it takes too long.</param>
    /// <returns>Why it was not done; null if it was.</returns>
    Task<KmError?> ActAsync(ControlAction action, string plugin, ControlPeer peer, CancellationToken cancellationToken);
}
