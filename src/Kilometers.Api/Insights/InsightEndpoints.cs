using System.Data.Common;
using System.Text.Json;
using Kilometers.Analytics;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Ingest;
using Kilometers.Api.Events.Queries;
using Kilometers.Api.Http;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Insights;

/// <summary><c>POST /api/insights/batch</c> and <c>GET /api/insights</c>: a customer's own figures.</summary>
internal sealed class InsightEndpoints(
    InsightStore store,
    InsightReader reader,
    EventOptions options,
    IngestBudget budget,
    TimeProvider time
)
{
    private const string Feature = "advanced_analytics";
    private const string AlarmFeature = "ml_features";

    /// <summary>Of a batch that was read, what is made of its text takes so many times its bytes.</summary>
    private const int Unfolding = 4;

    public async Task<IResult> StoreAsync(HttpContext context)
    {
        var caller = context.Caller();
        if (!caller.Features.Contains(Feature))
            throw new KmException(
                new KmError(
                    ErrorCode.ApiFeatureMissing,
                    "The subscription does not include analytics",
                    $"The tier {caller.Tier} lacks the feature {Feature}.",
                    "Upgrade the subscription"
                )
            );
        try
        {
            using var share = budget.Begin();
            var batch = await ReadAsync(context, share).ConfigureAwait(false);
            var now = time.GetUtcNow();
            var hours = new InsightRules(caller.CustomerId, batch, HourKey.HourOf(now + options.Ahead)).Check();
            var first = InsightRetention.FirstHour(options, caller.Tier, now);
            var kept = hours.Where(hour => hour.Hour >= first).ToList();
            var alarms = kept.Sum(hour => hour.Alarms.Count);
            var mayAlarm = caller.Features.Contains(AlarmFeature);
            if (kept.Count > 0)
                await store
                    .ReplaceAsync(caller.CustomerId, batch.Installation, kept, mayAlarm, context.RequestAborted)
                    .ConfigureAwait(false);
            return RequestBody.Answer(
                new InsightBatchResult
                {
                    Hours = kept.Count,
                    Figures = kept.Sum(hour => hour.Figures.Count),
                    Alarms = mayAlarm ? alarms : 0,
                    AlarmsRefused = mayAlarm ? 0 : alarms,
                    HoursTooOld = hours.Count - kept.Count,
                }
            );
        }
        catch (KmException e) when (e.Error.Code == ErrorCode.ApiBusy)
        {
            context.Response.Headers.RetryAfter = RetryAfter.Of(options);
            throw;
        }
    }

    public async Task<IResult> QueryAsync(HttpContext context)
    {
        var query = InsightQuery.Read(context.Caller().CustomerId, new QueryText(context.Request), time.GetUtcNow());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(options.QueryTime);
        try
        {
            return RequestBody.Answer(await reader.ReadAsync(query, options.QueryTime, limit.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is DbException or OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = RetryAfter.Of(options);
            throw new KmException(
                new KmError(ErrorCode.ApiBusy, "The database did not answer in time", Hint: "Ask for a shorter time, or again later")
            );
        }
    }

    private static async Task<InsightBatch> ReadAsync(HttpContext context, IngestBudget.Share share)
    {
        using var body = await BatchBody
            .ReadAsync(context.Request, InsightLimits.BatchBytes, share, context.RequestAborted)
            .ConfigureAwait(false);
        if (!share.TryTakeBytes((long)body.Bytes.Length * Unfolding))
            throw IngestErrors.Busy();
        try
        {
            return JsonSerializer.Deserialize(WrittenText.WithoutMark(body.Bytes).Span, ApiJson.Of<InsightBatch>())
                ?? throw IngestErrors.Invalid("The body is null.");
        }
        catch (JsonException e)
        {
            throw IngestErrors.Invalid(RequestBody.Explain(e));
        }
    }
}
