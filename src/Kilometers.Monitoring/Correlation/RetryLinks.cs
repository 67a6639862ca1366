using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Correlation;

/// <summary>
/// In 2026-07-28 a call answered <c>input_required</c> is made again under a new id. The new call belongs to the old one if it carries
/// the same <c>requestState</c>; without one, if its method, name and answered keys fit exactly one waiting call. Otherwise it stays
/// unlinked: a wrong link is worse than none.
/// </summary>
internal sealed class RetryLinks
{
    private const int MaxWaiting = 1024;
    private readonly LinkedList<Waiting> _waiting = new();

    public void Add(Direction requester, OpenRequest request, in JsonRpcEnvelope response)
    {
        _waiting.AddLast(new Waiting(requester, request.Number, request.Method, request.Name, response.RequestState, response.InputKeys));
        if (_waiting.Count > MaxWaiting)
            _waiting.RemoveFirst();
    }

    /// <returns>The number of the call that the request continues; 0 if it continues none, or it is not clear which.</returns>
    public ulong Take(Direction requester, in JsonRpcEnvelope request) =>
        _waiting.Count == 0 || (request.RequestState is null && request.InputKeys is null) ? 0 : TakeFitting(requester, request);

    /// <summary>Apart from <see cref="Take"/>, because what a lambda uses is an object from the method's beginning on.</summary>
    private ulong TakeFitting(Direction requester, JsonRpcEnvelope request)
    {
        var fitting = _waiting.Where(w => w.Requester == requester && Fits(w, request)).Take(2).ToList();
        if (fitting.Count != 1)
            return 0;
        _waiting.Remove(fitting[0]);
        return fitting[0].Number;
    }

    private static bool Fits(Waiting waiting, in JsonRpcEnvelope request) =>
        request.RequestState is { } state
            ? waiting.RequestState == state
            : waiting.RequestState is null
                && waiting.Method == request.Method
                && waiting.Name == request.Name
                && waiting.InputKeys == request.InputKeys;

    private sealed record Waiting(Direction Requester, ulong Number, string Method, string? Name, string? RequestState, string? InputKeys);
}
