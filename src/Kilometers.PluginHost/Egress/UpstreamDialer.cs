using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Kilometers.Contracts;

namespace Kilometers.PluginHost.Egress;

/// <summary>
/// Connects to a granted host: resolves its name itself, checks the addresses, and connects to exactly those that it checked, so that a
/// name that changes between the two gains nothing. Where the user's settings name a proxy that does it, as for km's own requests.
/// </summary>
internal sealed class UpstreamDialer
{
    private readonly EgressOptions _options;
    private readonly IWebProxy _proxy;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly Func<IReadOnlyList<IPNetwork>> _local;
    private readonly TimeProvider _time;

    /// <param name="options">Limits.</param>
    /// <param name="proxy">The user's; <c>HttpClient.DefaultProxy</c> outside tests.</param>
    /// <param name="time">The clock.</param>
    /// <param name="resolve">Looks up a name; null: the system's way.</param>
    /// <param name="local">The networks of this machine; null: as its interfaces say.</param>
    public UpstreamDialer(
        EgressOptions options,
        IWebProxy proxy,
        TimeProvider time,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        Func<IReadOnlyList<IPNetwork>>? local = null
    )
    {
        _options = options;
        _proxy = proxy;
        _time = time;
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        _local = local ?? LocalNetworks.Read;
    }

    /// <param name="target">Where to.</param>
    /// <param name="reach">Which of its addresses may be connected to; not <see cref="Reach.None"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection; its <see cref="Socket"/> ends with it.</returns>
    /// <exception cref="EgressException">There is none.</exception>
    public async Task<Stream> DialAsync(HostPort target, Reach reach, CancellationToken cancellationToken)
    {
        if (reach == Reach.None)
            throw new ArgumentOutOfRangeException(nameof(reach));
        using var limit = new CancellationTokenSource(_options.ConnectLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var proxy = ProxyFor(target);
        try
        {
            return proxy is null
                ? new NetworkStream(await ConnectAsync(target, reach, either.Token).ConfigureAwait(false), ownsSocket: true)
                : await DialAsync(proxy, target, reach, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EgressException.TimedOut(target, _options.ConnectLimit);
        }
        catch (SocketException e)
        {
            throw EgressException.Unreachable(target, e.Message);
        }
    }

    private async Task<Stream> DialAsync(Uri proxy, HostPort target, Reach reach, CancellationToken cancellationToken)
    {
        // The proxy resolves names: its operator decides where they may lead. What is not a name is checked here as always.
        if (reach == Reach.Public && IPAddress.TryParse(target.Host, out var literal) && !PublicAddress.Is(literal, _local()))
            throw Private(target);
        if (!ProxyTunnel.Supports(proxy))
            throw EgressException.Proxy(proxy, target, $"Plugins cannot use a proxy of the kind '{proxy.Scheme}', only http and https.");
        Stream? connection = null;
        try
        {
            connection = new NetworkStream(
                await ConnectAsync(HostPort.Of(proxy), Reach.Anywhere, cancellationToken).ConfigureAwait(false),
                ownsSocket: true
            );
            return await ProxyTunnel
                .OpenAsync(connection, proxy, _proxy.Credentials?.GetCredential(proxy, "Basic"), target, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            if (e is SocketException or IOException or AuthenticationException)
                throw EgressException.Proxy(proxy, target, e.Message);
            throw;
        }
    }

    private async Task<Socket> ConnectAsync(HostPort target, Reach reach, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(target.Host, out var literal)
            ? [literal]
            : await _resolve(target.Host, cancellationToken).ConfigureAwait(false);
        var allowed = addresses;
        if (reach == Reach.Public)
        {
            var local = _local();
            allowed = [.. addresses.Where(address => PublicAddress.Is(address, local))];
        }

        if (allowed.Length > 0)
            return await AddressRacing
                .ConnectAsync(allowed, target.Port, _options.AttemptDelay, _time, cancellationToken)
                .ConfigureAwait(false);
        throw addresses.Length == 0 ? EgressException.Unreachable(target, "The name has no address.") : Private(target, addresses);
    }

    /// <returns>Null: directly.</returns>
    private Uri? ProxyFor(HostPort target)
    {
        // A proxy elsewhere cannot reach this machine under these names: it would reach itself.
        if (target.Host == "localhost" || (IPAddress.TryParse(target.Host, out var address) && IPAddress.IsLoopback(address)))
            return null;
        var url = new Uri($"https://{target}/");
        return _proxy.IsBypassed(url) ? null
            : _proxy.GetProxy(url) is { } proxy && proxy != url ? proxy
            : null;
    }

    private static EgressException Private(HostPort target, params IPAddress[] addresses) =>
        new(
            403,
            new KmError(
                ErrorCode.PrivateAddress,
                $"{target} is on this machine, next to it, or in a private network",
                addresses.Length == 0 ? null : string.Join(", ", addresses.Take(4).Select(address => address.ToString())),
                "If that is wanted: network.allowPrivate in a policy."
            )
        );
}
