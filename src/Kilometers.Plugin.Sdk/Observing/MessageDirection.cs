namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>Which way a message went.</summary>
public enum MessageDirection
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>From the client to the server.</summary>
    Inbound = 1,

    /// <summary>From the server to the client.</summary>
    Outbound = 2,
}
