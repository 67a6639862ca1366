using Yarp.ReverseProxy.Forwarder;

namespace Kilometers.Http.Proxy;

/// <summary>Sends a request to another address, with the name of that server.</summary>
/// <param name="address">The address.</param>
internal sealed class Redirected(Uri address) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.RequestUri = address;
        proxyRequest.Headers.Host = null;
    }
}
