namespace Kilometers.Plugin.Sdk;

/// <summary>km did not connect a plugin to a host.</summary>
public sealed class HostNetworkException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why, for people.</param>
    /// <param name="code">km's code, like <c>PLG_NET_001</c>; empty if it gave none.</param>
    public HostNetworkException(string message, string code = "")
        : base(message) => Code = code;

    /// <summary>
    /// <c>PLG_NET_001</c>: the manifest does not name the host and port; <c>PLG_NET_002</c>: it is in a private network; <c>PLG_NET_003</c>: it
    /// cannot be reached; <c>PLG_NET_004</c>: the user's proxy refused. Only the last two may be gone when it is tried again.
    /// </summary>
    public string Code { get; }
}
