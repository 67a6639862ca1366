namespace Kilometers.Monitoring.JsonRpc;

/// <summary>Who sent a message.</summary>
public enum Direction
{
    /// <summary>Client to server; <c>inbound</c> on the wire of contract version 1.</summary>
    Inbound = 0,

    /// <summary>Server to client; <c>outbound</c>.</summary>
    Outbound = 1,
}
