using Microsoft.Extensions.Logging;

namespace Kilometers.Plugins.Otel.Exporting;

/// <summary>Sends what the queue holds, one request at a time, as much in one as is there. A request leaves the disk only when the collector has it, or never will.</summary>
/// <param name="queue">The queue.</param>
/// <param name="client">The collector.</param>
/// <param name="maySend">Whether the subscription allows it now.</param>
/// <param name="logger">Says how it goes.</param>
/// <param name="time">The clock.</param>
internal sealed partial class QueueSender(DiskQueue queue, CollectorClient client, Func<bool> maySend, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    /// <summary>About how many bytes go at once.</summary>
    private const int Batch = 512 * 1024;

    private TimeSpan _pause = FirstPause;
    private bool _isAway;

    // After a refusal of several: how many go one by one, so that only the bad one is given up.
    private int _singles;

    /// <summary>Sends until it is cancelled; what is under way then stays in the queue.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (!maySend() || Take() is not { } request)
                {
                    await queue.WaitAsync(LookInterval, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                await SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    /// <summary>Sends what is there, until one fails.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (maySend() && !_isAway && Take() is { } request)
                await SendOnceAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next process sends the rest.
        }
    }

    private QueuedRequest? Take()
    {
        var request = queue.Take(_singles > 0 ? 0 : Batch);
        _singles = request is null ? 0 : Math.Max(0, _singles - 1);
        return request;
    }

    private async Task SendAsync(QueuedRequest request, CancellationToken cancellationToken)
    {
        if (await SendOnceAsync(request, cancellationToken).ConfigureAwait(false) is not { } failure)
            return;
        await Task.Delay(failure.RetryAfter ?? _pause, time, cancellationToken).ConfigureAwait(false);
        _pause = _pause * 2 < MaxPause ? _pause * 2 : MaxPause;
    }

    /// <returns>Null if it is done with.</returns>
    private async Task<SendResult?> SendOnceAsync(QueuedRequest request, CancellationToken cancellationToken)
    {
        SendResult result;
        try
        {
            result = await client.SendAsync(request.Signal, request.Content, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            request.Return();
            throw;
        }

        if (result.Status == SendStatus.Failed)
        {
            request.Return();
            if (!_isAway)
                Away(logger, result.Reason);
            _isAway = true;
            return result;
        }

        if (result.Status == SendStatus.Refused && request.Blobs.Count > 1)
        {
            request.Return();
            _singles = request.Blobs.Count;
            return null;
        }

        request.Delete();
        if (result.Status == SendStatus.Refused)
            Refused(logger, request.Signal, result.Reason);
        if (_isAway)
            Back(logger);
        (_isAway, _pause) = (false, FirstPause);
        return null;
    }

    [LoggerMessage(1, LogLevel.Warning, "The collector takes nothing now ({Reason}). Spans and metrics wait on disk")]
    private static partial void Away(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Information, "The collector is back")]
    private static partial void Back(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "The collector refused {Signal} for good: {Reason}")]
    private static partial void Refused(ILogger logger, Signal signal, string reason);
}
