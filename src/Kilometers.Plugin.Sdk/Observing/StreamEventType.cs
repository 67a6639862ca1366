namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>The stream events this version knows. A plugin passes over those it does not know.</summary>
public static class StreamEventType
{
    /// <summary>The session began.</summary>
    public const string SessionStarted = "session.started";

    /// <summary>Client and server agreed on their protocol.</summary>
    public const string SessionInitialized = "session.initialized";

    /// <summary>The session ended; nothing follows.</summary>
    public const string SessionEnded = "session.ended";

    /// <summary>The server's process ended.</summary>
    public const string ServerExited = "server.exited";

    /// <summary>The server wrote to its stderr.</summary>
    public const string ServerStandardError = "server.stderr";

    /// <summary>The server wrote something to its stdout that is not JSON.</summary>
    public const string StandardOutputNoise = "stdout.noise";

    /// <summary>Something was missed at this place of the stream: how much and why is in the data (docs/protocol.md).</summary>
    public const string DeliveryDropped = "delivery.dropped";

    /// <summary>A plugin changed its state.</summary>
    public const string PluginState = "plugin.state";
}
