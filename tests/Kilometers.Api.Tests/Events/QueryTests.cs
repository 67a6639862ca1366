using System.Data.Common;
using CsCheck;
using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Queries;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Tests.Databases;
using Kilometers.Contracts.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Kilometers.Api.Tests.Events;

public sealed class SqliteQueryTests : QueryTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresQueryTests(PostgresServer server) : QueryTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.PostgreSqlAsync(server);
}

public abstract class QueryTests : EventServerTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    protected QueryTests() => Options = new EventOptions { PageBytes = 1_000 };

    [Fact]
    public async Task The_newest_come_first()
    {
        var events = Enumerable.Range(0, 50).Select(i => Sample.Event(Now.AddHours(-i * 5))).ToList();
        await Client.SendAsync(events.OrderBy(item => item.Id.GetHashCode()));
        Assert.Equal(events.Select(item => item.Id), (await Client.AllEventsAsync("limit=7")).Select(item => item.Id));
    }

    [Fact]
    public async Task Paging_shows_each_event_once_while_others_are_stored()
    {
        // Some days with many events, some with none; ids whose times are the same, as well.
        var known = Enumerable.Range(0, 300).Select(i => Sample.Event(Now.AddMinutes(-(i / 3) * 200))).ToList();
        await Client.SendAsync(known);
        await Gen.Select(Gen.Int[1, 60], Gen.Int[0, 25_000].Array[1, 10])
            .SampleAsync(
                async (limit, minutes) =>
                {
                    var seen = new List<Guid>();
                    string? cursor = null;
                    do
                    {
                        var page = await Client.EventsAsync($"payload=false&limit={limit}{(cursor is null ? "" : "&cursor=" + cursor)}");
                        Assert.InRange(page.Events.Count, 1, limit);
                        seen.AddRange(page.Events.Select(item => item.Id));
                        cursor = page.Cursor;
                        if (seen.Count < 200)
                            await Client.SendAsync(minutes.Select(minute => Sample.Event(Now.AddMinutes(-minute))));
                    } while (cursor is not null);
                    Assert.Equal(seen.Count, seen.Distinct().Count());
                    Assert.Empty(known.Select(item => item.Id).Except(seen));
                    Assert.Equal(seen.OrderDescending(), seen);
                },
                iter: 8,
                threads: 1
            );
    }

    [Fact]
    public async Task A_page_ends_before_it_is_too_large()
    {
        var events = Enumerable.Range(0, 5).Select(i => Sample.Event(Now.AddSeconds(-i)) with { Payload = new byte[600] }).ToList();
        await Client.SendAsync(events);
        Assert.Equal(2, (await Client.EventsAsync()).Events.Count);
        Assert.Equal(events.Select(item => item.Id), (await Client.AllEventsAsync("limit=10")).Select(item => item.Id));
    }

    [Fact]
    public async Task Filters_let_through_what_they_say()
    {
        var (one, other, late) = (Sample.Event(Now.AddHours(-3)), Sample.Event(Now.AddHours(-2)), Sample.Event(Now.AddHours(-1)));
        one = one with { SessionId = "first", Method = "tools/list" };
        other = other with { Direction = EventDirection.Outbound };
        await Client.SendAsync(one, other, late);
        await Holds("session=first", one);
        await Holds("session=s1&method=tools%2Fcall", late, other);
        await Holds("direction=outbound", other);
        await Holds("method=%25");
        await Holds($"after={Time(other)}", late, other);
        await Holds($"before={Time(other)}", one);
        await Holds($"after={Time(other)}&before={Time(late)}", other);

        async Task Holds(string query, params EventItem[] expected) =>
            Assert.Equal(expected.Select(item => item.Id), (await Client.AllEventsAsync(query)).Select(item => item.Id));
    }

    [Fact]
    public async Task A_timestamp_counts_and_not_the_time_in_the_id()
    {
        var item = Sample.Event(Now) with { Id = Guid.CreateVersion7(Now.AddHours(-23)) };
        await Client.SendAsync(item);
        Assert.Single((await Client.EventsAsync($"after={Time(item)}")).Events);
        Assert.Empty((await Client.EventsAsync($"before={Time(item)}")).Events);
    }

    [Fact]
    public async Task Statistics_count_methods_errors_bytes_and_latencies()
    {
        var pairs = Enumerable
            .Range(1, 100)
            .SelectMany(i =>
            {
                var request = Sample.Event(Now.AddHours(-2)) with { Size = 10 };
                var response = Sample.Event(request.Timestamp.AddMilliseconds(i)) with
                {
                    Kind = i > 95 ? EventKind.ErrorResponse : EventKind.Response,
                    CorrelationId = request.CorrelationId,
                    Size = 100,
                };
                return new[] { request, response };
            });
        EventItem[] others =
        [
            Sample.Event(Now.AddHours(-1)) with
            {
                Kind = EventKind.Notification,
                Method = "notifications/progress",
                Size = 7,
            },
            Sample.Event(Now.AddHours(-1)) with
            {
                Kind = EventKind.NotJsonRpc,
                Method = null,
                CorrelationId = null,
                Size = 1,
            },
            Sample.Event(Now.AddDays(-2)),
        ];
        await Client.SendAsync([.. pairs, .. others]);
        var answer = await Client.StatisticsAsync();
        Assert.Equal((202L, 5L, 11_008L), (answer.Events, answer.Errors, answer.Bytes));
        Assert.Equal(
            [
                ("tools/call", EventKind.Request, 100L, 1_000L),
                ("tools/call", EventKind.Response, 95L, 9_500L),
                ("tools/call", EventKind.ErrorResponse, 5L, 500L),
                (null, EventKind.NotJsonRpc, 1L, 1L),
                ("notifications/progress", EventKind.Notification, 1L, 7L),
            ],
            answer
                .Methods.Select(one => (one.Method, one.Kind, one.Events, one.Bytes))
                .OrderByDescending(one => one.Events)
                .ThenBy(one => one.Bytes)
        );
        Assert.Equal(
            new LatencyStatistics
            {
                Pairs = 100,
                P50 = 50,
                P90 = 90,
                P99 = 99,
                Maximum = 100,
            },
            answer.Latency
        );
    }

    /// <summary>As km's last line and console-logger count.</summary>
    [Fact]
    public async Task Statistics_count_a_result_that_is_a_tools_error_as_an_error()
    {
        var responses = Enumerable
            .Range(0, 4)
            .Select(i =>
                Sample.Event(Now.AddHours(-1)) with
                {
                    Kind = i == 3 ? EventKind.ErrorResponse : EventKind.Response,
                    IsError = i == 0 ? true : null,
                    Size = 10,
                }
            )
            .ToArray();
        await Client.SendAsync(responses);
        var answer = await Client.StatisticsAsync();
        Assert.Equal((4L, 2L), (answer.Events, answer.Errors));
        Assert.Equal(
            [(EventKind.Response, 3L, 30L), (EventKind.ErrorResponse, 1L, 10L)],
            answer.Methods.Select(one => (one.Kind, one.Events, one.Bytes))
        );
        Assert.Equal(
            [responses[0].Id],
            (await Client.AllEventsAsync("limit=10")).Where(item => item.IsError == true).Select(item => item.Id)
        );
    }

    [Fact]
    public async Task A_query_that_takes_too_long_ends()
    {
        await using var query = await EventQuery.BeginAsync(
            Server.Services.GetRequiredService<IEventDatabase>(),
            new EventFilter { CustomerId = "cus_a" },
            TimeSpan.FromSeconds(1),
            TestContext.Current.CancellationToken
        );
        await Assert
            .ThrowsAnyAsync<DbException>(async () =>
            {
                await using var reader = await query.ExecuteAsync(
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT COUNT(*) FROM n",
                    TestContext.Current.CancellationToken
                );
                await reader.ReadAsync(TestContext.Current.CancellationToken);
            })
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Statistics_of_nothing_are_zero()
    {
        var answer = await Client.StatisticsAsync("after=2026-01-01&before=2026-02-01");
        Assert.Equal((0L, 0L, 0L), (answer.Events, answer.Errors, answer.Bytes));
        Assert.Null(answer.Latency);
        Assert.Empty(answer.Methods);
    }

    private static string Time(EventItem item) =>
        item.Timestamp.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture);
}
