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

    /// <summary>Whether exactly this request waits: a client may use its id again as soon as it has the answer.</summary>
    public bool Contains(ClientMessage message) =>
        message.Facts.Id is { } id && _requests.TryGetValue(id, out var request) && ReferenceEquals(request.Message, message);

    /// <summary>A request is on its way.</summary>
    /// <param name="message">It.</param>
    /// <param name="cancelling">Cancels it.</param>
    public void Add(ClientMessage message, CancellationTokenSource cancelling) => _requests[message.Facts.Id!] = (message, cancelling);

    /// <summary>It is answered, or never will be.</summary>
    /// <returns>The request; null if it was answered before.</returns>
    public ClientMessage? Remove(string id) => _requests.TryRemove(id, out var request) ? request.Message : null;

    /// <summary>Exactly this request will never be answered.</summary>
    /// <returns>Whether it waited.</returns>
    public bool Remove(ClientMessage message) =>
        message.Facts.Id is { } id
        && _requests.TryGetValue(id, out var request)
        && ReferenceEquals(request.Message, message)
        && _requests.TryRemove(KeyValuePair.Create(id, request));

    /// <summary>Closes the stream that the answer would come on.</summary>
    public void Cancel(string id)
    {
        if (_requests.TryRemove(id, out var request))
            request.Cancelling.Cancel();
    }
}
