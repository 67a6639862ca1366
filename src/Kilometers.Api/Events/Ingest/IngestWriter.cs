using System.Data.Common;
using System.Threading.Channels;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Http;
using Kilometers.Contracts;

namespace Kilometers.Api.Events.Ingest;

/// <summary>
/// Writes what requests bring, many requests in one transaction: while one is on its way to the disk the next ones gather. A request is
/// answered when its transaction is durable.
/// </summary>
internal sealed class IngestWriter(
    IEventStore store,
    EventOptions options,
    EventMetrics metrics,
    TimeProvider time,
    ILogger<IngestWriter> logger
) : BackgroundService
{
    // Not bounded: what is in it has its share of IngestBudget.
    private readonly Channel<Submission> _queue = Channel.CreateUnbounded<Submission>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Writes events of one request.</summary>
    /// <param name="events">The events; two may have the same id.</param>
    /// <param name="bytes">The memory that they take.</param>
    /// <returns>For each event whether it was stored now, durably; false: it had been before. Null: none is known to be stored.</returns>
    public Task<bool[]?> WriteAsync(IReadOnlyList<NewEvent> events, long bytes)
    {
        var submission = new Submission(events, bytes);
        return _queue.Writer.TryWrite(submission) ? submission.Answer.Task : Task.FromResult<bool[]?>(null);
    }

    /// <summary>Writes what is waiting, then ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running)
            await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<Submission>();
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Gather(group);
            await WriteGroupAsync(group, stoppingToken).ConfigureAwait(false);
            group.Clear();
        }
    }

    private void Gather(List<Submission> group)
    {
        var (events, bytes) = (0, 0L);
        while (
            _queue.Reader.TryPeek(out var next)
            && (group.Count == 0 || (events + next.Events.Count <= options.GroupEvents && bytes + next.Bytes <= options.GroupBytes))
        )
        {
            _queue.Reader.TryRead(out _);
            group.Add(next);
            events += next.Events.Count;
            bytes += next.Bytes;
        }
    }

    private async Task WriteGroupAsync(IReadOnlyList<Submission> group, CancellationToken cancellationToken)
    {
        try
        {
            await WriteOnceAsync(group, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
            when (group.Count > 1 && e is not DbException { IsTransient: true } && !cancellationToken.IsCancellationRequested)
        {
            // The database is there and did not like something: everybody else's events are written all the same.
            logger.LogWarning(e, "{Requests} requests could not be written together; now one by one", group.Count);
            foreach (var one in group)
                await WriteGroupAsync([one], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (cancellationToken.IsCancellationRequested)
                logger.LogWarning(
                    "The server ends before the events of {Requests} requests are written; they were told to come again",
                    group.Count
                );
            else if (Problems.IsOutage(e))
                logger.LogError(
                    "The database does not answer [{Code}]: {Reason}; {Requests} requests with events were told to come again",
                    ErrorCode.ApiBusy,
                    e.GetBaseException().Message,
                    group.Count
                );
            else
                logger.LogError(e, "The events of {Requests} requests could not be written; they were told to come again", group.Count);
            foreach (var one in group)
                one.Answer.TrySetResult(null);
        }
    }

    /// <summary>Writes a group in one transaction and answers its requests.</summary>
    private async Task WriteOnceAsync(IReadOnlyList<Submission> group, CancellationToken cancellationToken)
    {
        // The same id twice is one event: for one of those who bring it it is stored, for all others a duplicate.
        var distinct = new SortedSet<NewEvent>(group.SelectMany(one => one.Events), IngestOrder.Instance);
        var events = distinct.ToList();
        var start = time.GetTimestamp();
        bool[] stored;
        try
        {
            stored = await store.WriteAsync(events, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            metrics.Written(events.Count, time.GetElapsedTime(start));
        }

        var news = events.Where((_, i) => stored[i]).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var one in group)
            one.Answer.TrySetResult([.. one.Events.Select(news.Contains)]);
    }

    private sealed record Submission(IReadOnlyList<NewEvent> Events, long Bytes)
    {
        public TaskCompletionSource<bool[]?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
