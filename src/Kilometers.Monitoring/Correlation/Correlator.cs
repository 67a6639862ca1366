using Kilometers.Monitoring.JsonRpc;

namespace Kilometers.Monitoring.Correlation;

/// <summary>
/// Pairs responses with requests, by (direction of the request, id, id type): both sides may use id 0 at once. A pair that is not certain is
/// not made: where an id is null, or was used again before its first request was answered (also after that was cancelled, since a late
/// answer is legal), the answers are ambiguous. Never answers, never gives up on a late response, and holds a bounded number of open
/// requests. One thread.
/// </summary>
internal sealed class Correlator
{
    /// <summary>The most ids that are remembered without a response; beyond, the oldest is forgotten.</summary>
    public const int MaxOpen = 65_536;

    private static readonly RequestId NullId = RequestId.Of("null");

    private readonly Dictionary<RequestId, OpenRequest>[] _open =
    [
        [],
        [],
    ];
    private readonly Dictionary<RequestId, SharedId>[] _shared =
    [
        [],
        [],
    ];
    private readonly Queue<(Direction From, RequestId Id, ulong Number)> _order = new();
    private readonly RetryLinks _retries = new();
    private ulong _number;
    private long _unanswered;

    public int OpenCount => _open[0].Count + _open[1].Count + _shared[0].Count + _shared[1].Count;

    /// <summary>
    /// Requests that somebody waits for and that were not answered: neither those that were cancelled nor subscriptions, which are answered
    /// when they end. May be read while another thread relates.
    /// </summary>
    public long Unanswered => Interlocked.Read(ref _unanswered);

    public Exchange Relate(Direction direction, in JsonRpcEnvelope envelope, ulong sequence, long timestamp, TimeProvider time)
    {
        switch (envelope.Kind)
        {
            case JsonRpcKind.Request:
                return OnRequest(direction, envelope, sequence, timestamp);
            case JsonRpcKind.Response or JsonRpcKind.ErrorResponse:
                return OnResponse(direction, envelope, timestamp, time);
            default:
                if (envelope.CancelledId is { } cancelled)
                    Cancel(direction, RequestId.Of(cancelled).Canonical);
                return new Exchange { Number = ++_number };
        }
    }

    private Exchange OnRequest(Direction direction, in JsonRpcEnvelope envelope, ulong sequence, long timestamp)
    {
        var number = ++_number;
        var id = envelope.RequestId.Canonical;
        var request = new OpenRequest(
            number,
            sequence,
            timestamp,
            envelope.Method!,
            envelope.Name,
            IsExpected: envelope.Method != "subscriptions/listen"
        );
        var (open, shared) = (_open[(int)direction], _shared[(int)direction]);
        if (shared.TryGetValue(id, out var others))
            _unanswered += others.Add(request);
        else if (id.Equals(NullId))
            _unanswered += (shared[id] = new SharedId()).Add(request);
        else if (open.TryAdd(id, request))
            _unanswered += request.Expected;
        else
        {
            open.Remove(id, out var first);
            var both = shared[id] = new SharedId();
            _unanswered += both.Add(first) + both.Add(request) - first.Expected;
        }

        _order.Enqueue((direction, id, number));
        ForgetOldest();
        return new Exchange { Number = number, RetryOf = _retries.Take(direction, envelope) };
    }

    private Exchange OnResponse(Direction direction, in JsonRpcEnvelope envelope, long timestamp, TimeProvider time)
    {
        var requester = direction == Direction.Inbound ? Direction.Outbound : Direction.Inbound;
        var id = envelope.RequestId.Canonical;
        if (_shared[(int)requester].TryGetValue(id, out var shared))
        {
            _unanswered += shared.Answer();
            if (shared.Waiting == 0)
                _shared[(int)requester].Remove(id);
            return new Exchange { Number = ++_number, IsAmbiguous = true };
        }

        if (!_open[(int)requester].Remove(id, out var request))
            return new Exchange { Number = ++_number };

        _unanswered -= request.Expected;
        if (envelope.InputRequired)
            _retries.Add(requester, request, envelope);
        return new Exchange
        {
            Number = request.Number,
            RequestSequence = request.Sequence,
            Latency = time.GetElapsedTime(request.Timestamp, timestamp),
            Method = request.Method,
            Name = request.Name,
        };
    }

    private void Cancel(Direction requester, RequestId id)
    {
        var open = _open[(int)requester];
        if (_shared[(int)requester].TryGetValue(id, out var shared))
            _unanswered += shared.Cancel();
        else if (open.TryGetValue(id, out var request))
        {
            _unanswered -= request.Expected;
            open[id] = request with { IsExpected = false };
        }
    }

    private void ForgetOldest()
    {
        // The queue also names requests that were answered since: they are skipped when their turn comes, and cleared when most are.
        while (OpenCount > MaxOpen || _order.Count > (2 * OpenCount) + 1024)
        {
            var (from, id, number) = _order.Dequeue();
            var (open, shared) = (_open[(int)from], _shared[(int)from]);
            var isOpen = open.TryGetValue(id, out var request) && request.Number == number;
            var isShared = shared.TryGetValue(id, out var others) && others.Number == number;
            if (!isOpen && !isShared)
                continue;
            if (OpenCount <= MaxOpen)
            {
                _order.Enqueue((from, id, number));
                continue;
            }

            // Still unanswered, and counted so for good.
            _ = isOpen ? open.Remove(id) : shared.Remove(id);
        }
    }
}

/// <summary>A request that waits for its response.</summary>
/// <param name="Number">Of its exchange.</param>
/// <param name="Sequence">Its own.</param>
/// <param name="Timestamp">When it was read.</param>
/// <param name="Method">What it calls.</param>
/// <param name="Name">The tool, prompt or resource.</param>
/// <param name="IsExpected">Whether somebody waits for the response: not once it is cancelled.</param>
internal readonly record struct OpenRequest(ulong Number, ulong Sequence, long Timestamp, string Method, string? Name, bool IsExpected)
{
    /// <summary>How many responses somebody waits for.</summary>
    public long Expected => IsExpected ? 1 : 0;
}
