namespace Kilometers.Plugin.Sdk.Observing;

/// <summary>What a message is, by JSON-RPC 2.0.</summary>
public enum MessageKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>A method and an id.</summary>
    Request = 1,

    /// <summary>An id and a result.</summary>
    Response = 2,

    /// <summary>An id and an error.</summary>
    ErrorResponse = 3,

    /// <summary>A method without an id.</summary>
    Notification = 4,

    /// <summary>Anything else that stood on a line of its own.</summary>
    NotJsonRpc = 5,
}
