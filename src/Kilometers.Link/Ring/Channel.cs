namespace Kilometers.Link.Ring;

/// <summary>Which of the three streams of a session bytes belong to.</summary>
public enum Channel
{
    /// <summary>Client to server.</summary>
    Inbound = 0,

    /// <summary>Server to client.</summary>
    Outbound = 1,

    /// <summary>The server's standard error.</summary>
    ServerError = 2,
}
