using System.Collections.Concurrent;

namespace Kilometers.Http.Bridge;

/// <summary>Requests of the client that have no answer yet, by their ids as they are written.</summary>
internal sealed class PendingRequests
{
    private readonly ConcurrentDictionary<string, (ClientMessage Message, CancellationTokenSource Cancelling)> _requests = new(
        StringComparer.Ordinal
    );

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<ClientMessage> Messages => [.. _requests.Values.Select(request => request.Message)];

    public bool Contains(string? id) => id is not null && _requests.ContainsKey(id);

    /// <summary>A request is on its way.</summary>
    /// <param name="message">It.</param>
    /// <param name="cancelling">Cancels it.</param>
    public void Add(ClientMessage message, CancellationTokenSource cancelling) => _requests[message.Facts.Id!] = (message, cancelling);

    /// <summary>It is answered, or never will be.</summary>
    /// <returns>The request; null if it was answered before.</returns>
    public ClientMessage? Remove(string id) => _requests.TryRemove(id, out var request) ? request.Message : null;

    /// <summary>Closes the stream that the answer would come on.</summary>
    public void Cancel(string id)
    {
        if (_requests.TryRemove(id, out var request))
            request.Cancelling.Cancel();
    }
}
