namespace Kilometers.Http.Proxy;

/// <summary>
/// Where clients of version 2024-11-05 send their messages: the first event of the stream that they listen to says it. The stream is the session.
/// </summary>
internal sealed class MessageEndpoints
{
    /// <summary>Streams at once; older ones are forgotten.</summary>
    private const int Max = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProxySession> _sessions = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>A stream has named its place.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="session">The stream's session.</param>
    public void Add(string path, ProxySession session)
    {
        lock (_gate)
        {
            if (!_sessions.TryAdd(path, session))
                _sessions[path] = session;
            else
                _order.Enqueue(path);
            while (_order.Count > Max)
                _sessions.Remove(_order.Dequeue());
        }
    }

    /// <summary>Whose place it is; null: nobody's.</summary>
    public ProxySession? Find(string path)
    {
        lock (_gate)
            return _sessions.GetValueOrDefault(path);
    }
}
