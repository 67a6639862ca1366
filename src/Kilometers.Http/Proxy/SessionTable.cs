using Kilometers.Http.Observing;
using Kilometers.Link.Hosting;

namespace Kilometers.Http.Proxy;

/// <summary>
/// The sessions of a proxy. A server that keeps sessions names them (<c>Mcp-Session-Id</c>); the requests to one that does not are a session
/// per client program. Safe for use by several threads.
/// </summary>
/// <param name="settings">What all have in common.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionTable(SessionSettings settings, TimeProvider time)
{
    /// <summary>Sessions at once. When there are more, those end that have been idle for longest.</summary>
    private const int MaxSessions = 128;

    /// <summary>How long a session may have no request.</summary>
    private static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProxySession> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProxySession> _nameless = new(StringComparer.Ordinal);
    private readonly HashSet<ProxySession> _all = [];
    private readonly HashSet<Task> _ending = [];

    /// <summary>The session of a request, which is in use until <see cref="Leave"/>.</summary>
    /// <param name="id">Its session id; null if it has none.</param>
    /// <param name="client">Tells client programs apart.</param>
    /// <param name="isFirst">Whether it may be the first of a session that gets an id: no other request shares it.</param>
    /// <returns>Null where there is no room for one.</returns>
    public ProxySession? Enter(string? id, string client, bool isFirst)
    {
        lock (_gate)
        {
            var session =
                id is not null ? _named.GetValueOrDefault(id)
                : isFirst ? null
                : _nameless.GetValueOrDefault(client);
            if (session is null)
            {
                if (TryCreate(client) is not { } created)
                    return null;
                session = created;
                if (id is not null)
                    Name(session, id);
                else if (!isFirst)
                    _nameless[client] = session;
            }

            session.Open++;
            return session;
        }
    }

    /// <summary>A request to a session that is known.</summary>
    /// <returns>Null where that is over.</returns>
    public ProxySession? Enter(ProxySession session)
    {
        lock (_gate)
        {
            if (!_all.Contains(session))
                return null;
            session.Open++;
            return session;
        }
    }

    /// <summary>The server has answered: the session has this id, or none.</summary>
    public void Settle(ProxySession session, string? id)
    {
        lock (_gate)
        {
            if (session.Id is not null)
                return;
            if (id is not null)
            {
                if (_nameless.GetValueOrDefault(session.Client) == session)
                    _nameless.Remove(session.Client);
                Name(session, id);
            }
            else
                _nameless[session.Client] = session;
        }
    }

    /// <summary>A request is over.</summary>
    /// <param name="session">Its session.</param>
    /// <param name="isOver">Whether the session is.</param>
    public void Leave(ProxySession session, bool isOver)
    {
        lock (_gate)
        {
            session.Open--;
            session.LastUsed = time.GetTimestamp();
            var isNobodys = session.Id is null && _nameless.GetValueOrDefault(session.Client) != session;
            if (isOver || (isNobodys && session.Open == 0))
                End(session);
        }
    }

    /// <summary>Ends idle sessions until it is cancelled, and then all.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
                EndIdle();
        }
        catch (OperationCanceledException)
        {
            // The proxy ends.
        }

        Task[] ending;
        lock (_gate)
        {
            foreach (var session in _all.ToList())
                End(session);
            ending = [.. _ending];
        }

        await Task.WhenAll(ending).ConfigureAwait(false);
    }

    private void EndIdle()
    {
        lock (_gate)
        {
            foreach (var session in _all.Where(session => session.Open == 0 && time.GetElapsedTime(session.LastUsed) > MaxIdle).ToList())
                End(session);
        }
    }

    private ProxySession? TryCreate(string client)
    {
        if (_all.Count >= MaxSessions)
        {
            if (_all.Where(session => session.Open == 0).MinBy(session => session.LastUsed) is not { } idle)
                return null;
            End(idle);
        }

        try
        {
            var session = new ProxySession(new ObservedSession(settings, time), client) { LastUsed = time.GetTimestamp() };
            _all.Add(session);
            return session;
        }
        catch (OutOfMemoryException)
        {
            RelayErrors.Write("A session is not observed: there is no room for a thread", RelayErrors.NoRoom);
            return null;
        }
    }

    private void Name(ProxySession session, string id)
    {
        // A server that gives one id twice means one session.
        if (_named.TryGetValue(id, out var other) && other != session)
            End(other);
        session.Id = id;
        _named[id] = session;
    }

    private void End(ProxySession session)
    {
        if (!_all.Remove(session))
            return;
        if (session.Id is { } id && _named.GetValueOrDefault(id) == session)
            _named.Remove(id);
        if (_nameless.GetValueOrDefault(session.Client) == session)
            _nameless.Remove(session.Client);
        var ending = Task.Run(session.Observed.End);
        _ending.Add(ending);
        _ = ending.ContinueWith(Forget, TaskScheduler.Default);
    }

    private void Forget(Task ended)
    {
        lock (_gate)
            _ending.Remove(ended);
    }
}
