using Kilometers.Contracts;

namespace Kilometers.PluginHost.Egress;

/// <summary>A plugin does not get the connection that it asked for.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="error">Why; the plugin gets the summary and detail.</param>
internal sealed class EgressException(int status, KmError error) : Exception(error.Summary)
{
    public int Status { get; } = status;

    public KmError Error { get; } = error;

    public static EgressException BadRequest(string why) =>
        new(
            400,
            new KmError(ErrorCode.EgressRequest, "The request for a connection is not understood", why, "It is: CONNECT host:port HTTP/1.1")
        );

    public static EgressException Unreachable(HostPort target, string why) =>
        new(502, new KmError(ErrorCode.HostUnreachable, $"{target} cannot be reached", why));

    public static EgressException TimedOut(HostPort target, TimeSpan limit) =>
        new(
            504,
            new KmError(ErrorCode.HostUnreachable, $"{target} cannot be reached", $"No connection within {limit.TotalSeconds:0.#} s.")
        );

    public static EgressException Proxy(Uri proxy, HostPort target, string why) =>
        new(
            502,
            new KmError(
                ErrorCode.UpstreamProxy,
                $"The proxy {proxy.Host}:{proxy.Port} does not connect to {target}",
                why,
                "Check https_proxy and no_proxy."
            )
        );
}
