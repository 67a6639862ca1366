using Kilometers.Api.Configuration;
using Kilometers.Api.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kilometers.Api.Hosting;

/// <summary>
/// How many connections there are, in all and of one network. Where there are too many, a silent one makes room: the longest silent of the
/// network that is at its limit, or, at the limit of all, of the network that has the most. So a client that opens connections and says
/// nothing shuts out only itself. A connection that never made a request is told to close after <see cref="LimitOptions.HeaderTimeout"/>: Kestrel
/// alone would wait for it as long as for the next request of one that is in use.
/// </summary>
internal sealed class ConnectionLimits(ApiOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<Connection>> _networks = [];
    private readonly HashSet<string> _proxies = [.. options.TrustedProxies.Select(Network.Of)];
    private int _count;
    private ITimer? _sweep;

    /// <summary>Stands before everything else that a connection meets, TLS included.</summary>
    public ConnectionDelegate Admit(ConnectionDelegate next) =>
        async context =>
        {
            var connection = new Connection(
                context,
                Network.Of((context.RemoteEndPoint as System.Net.IPEndPoint)?.Address),
                time.GetTimestamp()
            );
            if (!TryAdd(connection, out var silent))
            {
                context.Abort(new ConnectionAbortedException("Too many connections"));
                return;
            }

            silent?.Context.Abort(new ConnectionAbortedException("Silent, and others need room"));
            context.Features.Set(connection);
            try
            {
                await next(context).ConfigureAwait(false);
            }
            finally
            {
                lock (_gate)
                    Remove(connection);
            }
        };

    /// <summary>Notes that a connection has a request, until it is answered.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var connection = context.Features.Get<Connection>();
        if (connection is null)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        lock (_gate)
            (connection.Requests, connection.HasSpoken) = (connection.Requests + 1, true);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                (connection.Requests, connection.Since) = (connection.Requests - 1, time.GetTimestamp());
        }
    }

    public void Dispose() => _sweep?.Dispose();

    private bool TryAdd(Connection connection, out Connection? silent)
    {
        lock (_gate)
        {
            silent = null;
            _sweep ??= time.CreateTimer(_ => EndSilent(), null, SweepInterval, SweepInterval);
            var own = _networks.GetValueOrDefault(connection.Network);
            var isFull = _count >= options.Limits.Connections;
            if (isFull || (own?.Count >= options.Limits.AddressConnections && !_proxies.Contains(connection.Network)))
            {
                silent = MaxSilent(isFull ? _networks.Values.OrderByDescending(some => some.Count) : [own!]);
                if (silent is null)
                    return false;
                Remove(silent);
            }

            if (!_networks.TryGetValue(connection.Network, out var network))
                _networks[connection.Network] = network = [];
            network.Add(connection);
            _count++;
            return true;
        }
    }

    private static Connection? MaxSilent(IEnumerable<HashSet<Connection>> networks) =>
        networks
            .Select(some => some.Where(connection => connection.Requests == 0).MinBy(connection => connection.Since))
            .FirstOrDefault(found => found is not null);

    /// <summary>Kestrel closes what waits for a first request. One that has begun with it has Kestrel's own limit for headers, and is told that it was too slow.</summary>
    private void EndSilent()
    {
        List<Connection> silent;
        lock (_gate)
            silent =
            [
                .. _networks
                    .Values.SelectMany(some => some)
                    .Where(connection => !connection.HasSpoken && time.GetElapsedTime(connection.Since) > options.Limits.HeaderTimeout),
            ];
        foreach (var connection in silent)
            connection.Context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();
    }

    private void Remove(Connection connection)
    {
        if (!_networks.TryGetValue(connection.Network, out var network) || !network.Remove(connection))
            return;
        if (network.Count == 0)
            _networks.Remove(connection.Network);
        _count--;
    }

    private sealed class Connection(ConnectionContext context, string network, long since)
    {
        public ConnectionContext Context => context;

        public string Network => network;

        /// <summary>Requests that are not answered yet; HTTP/2 has several at once.</summary>
        public int Requests { get; set; }

        public bool HasSpoken { get; set; }

        /// <summary>Since when it is silent, if it is.</summary>
        public long Since { get; set; } = since;
    }
}
