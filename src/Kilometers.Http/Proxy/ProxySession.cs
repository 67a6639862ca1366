using Kilometers.Http.Observing;

namespace Kilometers.Http.Proxy;

/// <summary>A session of a proxy. Its table changes it.</summary>
/// <param name="observed">As the host sees it.</param>
/// <param name="client">The client program.</param>
internal sealed class ProxySession(ObservedSession observed, string client)
{
    public ObservedSession Observed => observed;

    public string Client => client;

    /// <summary>The id that the server gave it.</summary>
    public string? Id { get; set; }

    /// <summary>Requests that are not over.</summary>
    public int Open { get; set; }

    /// <summary>When the last one was over.</summary>
    public long LastUsed { get; set; }
}
