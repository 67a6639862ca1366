using System.Data.Common;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Http;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Events.Queries;

/// <summary><c>GET /api/events</c> and <c>GET /api/stats</c>: a customer's own events.</summary>
internal sealed class QueryEndpoints(EventReader events, StatisticsReader statistics, EventOptions options, TimeProvider time)
{
    private const int UsualLimit = 100;
    private const int MaxLimit = 1000;

    public Task<IResult> EventsAsync(HttpContext context) => EventsAsync(context, context.Caller().CustomerId, withPayload: true);

    /// <param name="context">The request.</param>
    /// <param name="customerId">Whose events.</param>
    /// <param name="withPayload">Whether payloads are given unless the request says otherwise.</param>
    public async Task<IResult> EventsAsync(HttpContext context, string customerId, bool withPayload)
    {
        var query = new QueryText(context.Request);
        var filter = FilterOf(customerId, query) with
        {
            Session = query.Text("session"),
            Method = query.Text("method"),
            Direction =
                query.Text("direction") is not { } direction ? null
                : EventCodes.DirectionOf(direction) is var code and not 0 ? code
                : throw QueryText.Invalid("direction is neither inbound nor outbound."),
        };
        var slice = new EventSlice(
            query.Number("limit", UsualLimit, 1, MaxLimit),
            query.Cursor("cursor"),
            query.Flag("payload", otherwise: withPayload)
        );
        var (found, hasMore) = await AskAsync(() => events.ReadAsync(filter, slice, context.RequestAborted), context).ConfigureAwait(false);
        var page = new EventPage { Events = found, Cursor = hasMore ? QueryText.CursorOf(found[^1].Id) : null };
        return TypedResults.Json(page, ApiEventJsonContext.Default.EventPage);
    }

    public async Task<IResult> StatisticsAsync(HttpContext context)
    {
        var filter = FilterOf(context.Caller().CustomerId, new QueryText(context.Request));
        var before = filter.Before ?? time.GetUtcNow();
        var after = filter.After ?? EventTime.Move(before, TimeSpan.FromDays(-1));
        if (after > before || before - after > options.StatisticsRange)
            throw QueryText.Invalid($"after and before are not in order, or more than {options.StatisticsRange.TotalDays:0.#} days apart.");
        var answer = await AskAsync(
                () => statistics.ReadAsync(filter with { After = after, Before = before }, context.RequestAborted),
                context
            )
            .ConfigureAwait(false);
        return TypedResults.Json(answer, ApiEventJsonContext.Default.EventStatistics);
    }

    private static EventFilter FilterOf(string customerId, QueryText query) =>
        new()
        {
            CustomerId = customerId,
            After = query.Time("after"),
            Before = query.Time("before"),
        };

    /// <summary>A database that does not answer in time is a reason to come again.</summary>
    private async Task<T> AskAsync<T>(Func<Task<T>> question, HttpContext context)
    {
        try
        {
            return await question().ConfigureAwait(false);
        }
        catch (DbException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = RetryAfter.Of(options);
            throw new KmException(
                new KmError(ErrorCode.ApiBusy, "The database did not answer in time", Hint: "Ask for a shorter time, or again later")
            );
        }
    }
}
