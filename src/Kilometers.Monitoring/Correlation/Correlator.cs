using Kilometers.Monitoring.JsonRpc;
using Kilometers.Monitoring.Observation;

namespace Kilometers.Monitoring.Correlation;

/// <summary>
/// Pairs responses with requests, by (direction of the request, id, id type): both sides may use id 0 at once. Never answers, never
/// gives up on a late response, and holds a bounded number of open requests. One thread.
/// </summary>
internal sealed class Correlator
{
    /// <summary>The most requests that are remembered without a response; beyond, the oldest is forgotten.</summary>
    public const int MostOpen = 65_536;

    private readonly Dictionary<string, OpenRequest>[] _open = [[], []];
    private readonly Queue<(Direction From, string Id, ulong Number)> _order = new();
    private readonly RetryLinks _retries = new();
    private ulong _number;

    public int OpenCount => _open[0].Count + _open[1].Count;

    public Exchange Relate(Direction direction, in JsonRpcEnvelope envelope, ulong sequence, long timestamp, TimeProvider time) => envelope.Kind switch
    {
        MessageKind.Request => OnRequest(direction, envelope, sequence, timestamp),
        MessageKind.Response or MessageKind.ErrorResponse => OnResponse(direction, envelope, timestamp, time),
        _ => new Exchange { Number = ++_number },
    };

    private Exchange OnRequest(Direction direction, in JsonRpcEnvelope envelope, ulong sequence, long timestamp)
    {
        var number = ++_number;
        var id = JsonRpcId.Canonical(envelope.Id!);

        // An id used again while it is open breaks the protocol; the newer request is the one that is answered next.
        _open[(int)direction][id] = new OpenRequest(number, sequence, timestamp, envelope.Method!, envelope.Name);
        _order.Enqueue((direction, id, number));
        ForgetOldest();
        return new Exchange { Number = number, RetryOf = _retries.Take(direction, envelope) };
    }

    private Exchange OnResponse(Direction direction, in JsonRpcEnvelope envelope, long timestamp, TimeProvider time)
    {
        var requester = direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound;
        if (envelope.Id is null || !_open[(int)requester].Remove(JsonRpcId.Canonical(envelope.Id), out var request))
            return new Exchange { Number = ++_number };

        if (envelope.InputRequired) _retries.Add(requester, request, envelope);
        return new Exchange
        {
            Number = request.Number,
            RequestSequence = request.Sequence,
            Latency = time.GetElapsedTime(request.Timestamp, timestamp),
            Method = request.Method,
            Name = request.Name,
        };
    }

    private void ForgetOldest()
    {
        // The queue also names requests that were answered since: they are skipped when their turn comes, and cleared when most are.
        while (OpenCount > MostOpen || _order.Count > (2 * OpenCount) + 1024)
        {
            var (from, id, number) = _order.Dequeue();
            if (_open[(int)from].TryGetValue(id, out var request) && request.Number == number)
            {
                if (OpenCount > MostOpen) _open[(int)from].Remove(id);
                else _order.Enqueue((from, id, number));
            }
        }
    }
}

/// <summary>A request that waits for its response.</summary>
internal readonly record struct OpenRequest(ulong Number, ulong Sequence, long Timestamp, string Method, string? Name);
