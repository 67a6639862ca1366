using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Http;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Ingest;

/// <summary><c>POST /api/events/batch</c>.</summary>
internal sealed class BatchEndpoint(EventOptions options, IngestBudget budget, IngestWriter writer, EventMetrics metrics, TimeProvider time)
{
    private const string Feature = "api_logging";

    public async Task<IResult> HandleAsync(HttpContext context)
    {
        var caller = context.Caller();
        if (!caller.Features.Contains(Feature))
            throw new KmException(
                new KmError(
                    ErrorCode.ApiFeatureMissing,
                    "The subscription does not include API logging",
                    $"The tier {caller.Tier} lacks the feature {Feature}.",
                    "Upgrade the subscription"
                )
            );
        try
        {
            using var share = budget.Begin();
            var readings = await ReadAsync(context, caller, share).ConfigureAwait(false);
            return TypedResults.Json(
                await StoreAsync(readings, caller, share).ConfigureAwait(false),
                ApiEventJsonContext.Default.EventBatchResult,
                statusCode: StatusCodes.Status202Accepted
            );
        }
        catch (KmException e) when (e.Error.Code == ErrorCode.ApiBusy)
        {
            metrics.Refused();
            context.Response.Headers.RetryAfter = RetryAfter.Of(options);
            throw;
        }
    }

    private async Task<IReadOnlyList<ItemReading>> ReadAsync(HttpContext context, Caller caller, IngestBudget.Share share)
    {
        using var body = await BatchBody
            .ReadAsync(context.Request, options.MaximumBatchBytes, share, context.RequestAborted)
            .ConfigureAwait(false);
        return new BatchReader(options, time).Read(body.Bytes, caller);
    }

    private async Task<EventBatchResult> StoreAsync(IReadOnlyList<ItemReading> readings, Caller caller, IngestBudget.Share share)
    {
        var events = new List<NewEvent>(readings.Count);
        foreach (var reading in readings)
            if (reading.Item is { } item)
                events.Add(new NewEvent(caller.CustomerId, item));
        if (!share.TryTakeEvents(events.Count))
            throw IngestErrors.Busy();

        // Whether or not the client still waits: what it holds of the budget is only free when this is over.
        bool[] stored =
            events.Count == 0 ? [] : await writer.WriteAsync(events, share.Bytes).ConfigureAwait(false) ?? throw IngestErrors.Busy();
        var result = Answer(readings, stored);
        metrics.Answered(result);
        return result;
    }

    private static EventBatchResult Answer(IReadOnlyList<ItemReading> readings, bool[] stored)
    {
        var results = new EventResult[readings.Count];
        var (written, accepted) = (0, 0);
        for (var i = 0; i < results.Length; i++)
        {
            var reading = readings[i];
            var isNew = reading.Item is not null && stored[written++];
            if (isNew)
                accepted++;
            results[i] = new EventResult
            {
                Id = reading.Id,
                Status =
                    reading.Item is null ? EventStatus.Rejected
                    : isNew ? EventStatus.Stored
                    : EventStatus.Duplicate,
                Code = reading.Code,
                Detail = reading.Detail,
            };
        }

        return new EventBatchResult
        {
            Accepted = accepted,
            Duplicates = written - accepted,
            Rejected = results.Length - written,
            Results = results,
        };
    }
}
