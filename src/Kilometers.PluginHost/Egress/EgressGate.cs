using Kilometers.GoPlugin.Client;

namespace Kilometers.PluginHost.Egress;

/// <summary>What one plugin may connect to, and what it did with that.</summary>
/// <param name="Grant">What it may.</param>
/// <param name="Journal">Counts and tells; one for all processes of the plugin.</param>
internal sealed record PluginNetwork(NetworkGrant Grant, EgressJournal Journal);

/// <summary>The network of a session's plugins: each process has a proxy of its own, which begins and ends with it.</summary>
internal sealed class EgressGate(TimeProvider time)
{
    /// <summary>Tells a plugin where to listen. The contract with plugins: see docs/plugin-authors/network.md.</summary>
    private const string SocketVariable = "KM_EGRESS_SOCKET";

    /// <summary>Where the user's own authorities are, if not in the system's place: what km trusts its plugins trust.</summary>
    private static readonly string[] TrustVariables = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

    private static readonly EgressOptions Options = new();

    private readonly Lazy<UpstreamDialer> _dialer = new(() => new UpstreamDialer(Options, HttpClient.DefaultProxy, time));
    private readonly HashSet<EgressProxy> _proxies = [];
    private readonly List<Task> _endings = [];

    /// <summary>Gives a plugin that is about to be started its network.</summary>
    /// <param name="options">How it is started.</param>
    /// <param name="network">What it may connect to.</param>
    /// <returns>How it is started with that.</returns>
    public GoPluginClientOptions Attach(GoPluginClientOptions options, PluginNetwork network)
    {
        if (network.Grant.IsEmpty)
            return options;
        var path = Path.Combine(options.RunDirectory, "egress");
        var environment = new Dictionary<string, string>(options.Environment, StringComparer.Ordinal) { [SocketVariable] = path };
        foreach (var name in TrustVariables)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                environment[name] = value;
        }

        var proxy = new EgressProxy(path, network.Grant, network.Journal, _dialer.Value, Options, time);
        return options with
        {
            Environment = environment,
            WithoutSystemTrust = false,
            ProcessStarted = id =>
            {
                options.ProcessStarted?.Invoke(id);
                Begin(proxy, id);
            },
            ProcessEnded = id =>
            {
                End(proxy);
                options.ProcessEnded?.Invoke(id);
            },
        };
    }

    /// <summary>Ends all connections that are left; completes when they are gone.</summary>
    public Task EndAsync()
    {
        lock (_proxies)
        {
            _endings.AddRange(_proxies.Select(proxy => proxy.DisposeAsync().AsTask()));
            _proxies.Clear();
            return Task.WhenAll(_endings);
        }
    }

    private void Begin(EgressProxy proxy, int process)
    {
        lock (_proxies)
            _proxies.Add(proxy);
        proxy.Start(process);
    }

    private void End(EgressProxy proxy)
    {
        lock (_proxies)
        {
            _endings.RemoveAll(ending => ending.IsCompleted);
            if (_proxies.Remove(proxy))
                _endings.Add(proxy.DisposeAsync().AsTask());
        }
    }
}
