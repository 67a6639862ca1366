using Kilometers.Plugins.ApiLogger.Spooling;

namespace Kilometers.Plugins.ApiLogger.Sending;

/// <summary>
/// Sends what the spool folders hold, one request at a time, each folder in its own order. An event leaves its folder only when the API has
/// it, or said that it never will.
/// </summary>
/// <param name="own">This process' folder.</param>
/// <param name="adopt">Takes over folders of dead processes; each is let go of as soon as it is empty.</param>
/// <param name="client">The API.</param>
/// <param name="authorize">The token to send with now; empty if sending is not allowed now.</param>
/// <param name="limits">When a batch is sent.</param>
/// <param name="backlog">What is recorded meanwhile.</param>
/// <param name="rejected">Where events go that the API will never take.</param>
/// <param name="log">Says how it goes.</param>
/// <param name="time">The clock.</param>
internal sealed class EventSender(
    SpoolFolder own,
    Func<IReadOnlyList<SpoolFolder>> adopt,
    EventsClient client,
    Func<string> authorize,
    BatchLimits limits,
    Backlog backlog,
    RejectedLog rejected,
    SendingLog log,
    TimeProvider time
) : IDisposable
{
    /// <summary>How soon a new entitlement is noticed.</summary>
    private static readonly TimeSpan EntitlementPoll = TimeSpan.FromSeconds(1);

    private readonly List<SpoolFolder> _adopted = [];
    private readonly Backoff _backoff = new(Random.Shared);
    private int _most = limits.Events;
    private string _refusedToken = "";
    private TimeSpan? _asked;

    /// <summary>Sends until stopped.</summary>
    /// <param name="stopping">Ends waiting, but no request that is under way.</param>
    /// <param name="deadline">Ends everything.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken deadline)
    {
        Adopt();
        await DrainAsync(own.Begin, stopping, deadline).ConfigureAwait(false);
        while (!stopping.IsCancellationRequested)
        {
            await WaitAsync(backlog.Any, Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(false);
            await WaitAsync(backlog.Full, limits.Time, stopping).ConfigureAwait(false);
            backlog.Reset();
            await DrainAsync(own.End, stopping, deadline).ConfigureAwait(false);
        }
        // The last words: as much as the deadline allows, and nothing twice.
        SendStatus? last = SendStatus.Taken;
        var end = own.End;
        while (last is SendStatus.Taken or SendStatus.Refused && own.Cursor.CompareTo(end) < 0 && !deadline.IsCancellationRequested)
            last = await SendOneAsync(own, deadline).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var folder in _adopted)
            folder.Dispose();
        client.Dispose();
    }

    /// <summary>Sends what other processes left, and this one's up to a position; what comes meanwhile is for the next batches.</summary>
    private async Task DrainAsync(SpoolPosition end, CancellationToken stopping, CancellationToken deadline)
    {
        while (!stopping.IsCancellationRequested && (own.Cursor.CompareTo(end) < 0 || _adopted.Count > 0))
        {
            // In turns: neither does an old backlog hold up what is new, nor the other way round.
            if (own.Cursor.CompareTo(end) < 0)
                await SendAndWaitAsync(own, stopping, deadline).ConfigureAwait(false);
            if (_adopted.Count == 0 || stopping.IsCancellationRequested)
                continue;
            end = own.End;
            if (await SendAndWaitAsync(_adopted[0], stopping, deadline).ConfigureAwait(false))
                continue;
            _adopted[0].Dispose();
            _adopted.RemoveAt(0);
            if (_adopted.Count == 0)
                Adopt();
        }
    }

    private void Adopt()
    {
        var leftOver = 0L;
        try
        {
            if (own.Cursor.CompareTo(own.Begin) < 0)
                leftOver = own.CountLeftOver();
            _adopted.AddRange(adopt());
            leftOver += _adopted.Sum(static folder => folder.CountLeftOver());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A disk that cannot be read. What was adopted is tried again when it is sent.
            log.Failed(SendStatus.Failed, exception.Message);
        }
        if (leftOver > 0)
            log.LeftOver(leftOver, _adopted.Count);
    }

    /// <returns>False if there was nothing to send.</returns>
    private async Task<bool> SendAndWaitAsync(SpoolFolder folder, CancellationToken stopping, CancellationToken deadline)
    {
        SendStatus? status;
        try
        {
            status = await SendOneAsync(folder, deadline).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A disk that cannot be read, or a fault of ours: messages are kept meanwhile, and it is tried again.
            log.Failed(SendStatus.Failed, exception.Message);
            status = SendStatus.Failed;
        }
        if (status is SendStatus.Failed)
            await WaitAsync(null, _backoff.Next(_asked), stopping).ConfigureAwait(false);
        if (status is SendStatus.Unauthorized)
            await NewEntitlementAsync(stopping).ConfigureAwait(false);
        return status is not null;
    }

    /// <returns>Null if there was nothing to send.</returns>
    private async Task<SendStatus?> SendOneAsync(SpoolFolder folder, CancellationToken deadline)
    {
        _asked = null;
        var token = authorize();
        if (token.Length == 0 || token == _refusedToken)
            return SendStatus.Unauthorized;
        var batch = folder.Read(_most, limits.Bytes);
        if (batch.Records.Count == 0)
            return null;
        var result = await client.SendAsync(batch.Records, token, deadline).ConfigureAwait(false);
        switch (result.Status)
        {
            case SendStatus.Taken:
                foreach (var one in result.Rejected ?? [])
                    Reject(batch.Records.First(record => EventsClient.IdOf(record) == one.Id), one.Code ?? "rejected", one.Detail ?? "");
                Pass(folder, batch);
                _most = Math.Min(limits.Events, _most * 2);
                break;
            case SendStatus.Refused when batch.Records.Count == 1:
                Reject(batch.Records[0], result.Reason, "");
                Pass(folder, batch);
                _most = limits.Events;
                break;
            case SendStatus.Refused:
                // In halves, until the bad one is alone.
                _most = batch.Records.Count / 2;
                break;
            case SendStatus.Unauthorized:
                _refusedToken = token;
                log.Failed(result.Status, result.Reason + ", until the next entitlement");
                break;
            default:
                _asked = result.RetryAfter;
                log.Failed(result.Status, result.Reason);
                break;
        }
        return result.Status;
    }

    private void Pass(SpoolFolder folder, SpoolBatch batch)
    {
        folder.Confirm(batch, batch.Records.Count);
        _backoff.Reset();
        _refusedToken = "";
        log.Sent(batch.Records.Count, folder.Damaged);
    }

    private void Reject(ReadOnlyMemory<byte> record, string code, string detail)
    {
        rejected.Add(record, code, detail);
        log.Rejected(rejected.Count, code);
    }

    /// <summary>Waits until there is another token than the refused one; after some minutes that one is tried once more.</summary>
    private async Task NewEntitlementAsync(CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            var token = authorize();
            if (token.Length > 0 && token != _refusedToken)
                return;
            if (token.Length > 0 && time.GetElapsedTime(began) >= Backoff.MaxAsked)
            {
                _refusedToken = "";
                return;
            }
            await WaitAsync(null, EntitlementPoll, stopping).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task? signal, TimeSpan longest, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var delay = Task.Delay(longest, time, end.Token);
        await Task.WhenAny(signal ?? delay, delay).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
    }
}
