using System.Net;
using Kilometers.Api.Tests.Databases;
using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

public sealed class SqliteIngestTests : IngestTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresIngestTests(PostgresServer server) : IngestTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.PostgreSqlAsync(server);
}

public abstract class IngestTests : EventServerTests
{
    [Fact]
    public async Task An_event_comes_back_as_it_was_sent()
    {
        var full = Sample.Event() with { Name = "naïve \U0001F600", Truncated = true, Redacted = true, Size = 5_000_000_000 };
        var empty = Sample.Event() with
        {
            Kind = EventKind.NotJsonRpc,
            Direction = EventDirection.Outbound,
            Method = null,
            Name = null,
            RequestId = null,
            Payload = null,
            CorrelationId = null,
            Server = "",
        };
        var result = await Client.SendAsync(full, empty);
        Assert.Equal((2, 0, 0), (result.Accepted, result.Duplicates, result.Rejected));
        Assert.Equal([(full.Id, EventStatus.Stored), (empty.Id, EventStatus.Stored)], result.Results.Select(one => (one.Id, one.Status)));

        var page = await Client.EventsAsync();
        Assert.Null(page.Cursor);
        Assert.Equal(new[] { full, empty }.OrderByDescending(item => item.Id).Select(Text), page.Events.Select(Text));
    }

    [Fact]
    public async Task Without_payload_everything_else_comes_back()
    {
        var item = Sample.Event();
        await Client.SendAsync(item);
        Assert.Equal(Text(item with { Payload = null }), Text(Assert.Single((await Client.EventsAsync("payload=false")).Events)));
    }

    [Fact]
    public async Task A_batch_that_is_sent_twice_is_stored_once()
    {
        var events = Sample.Events(100);
        await Client.SendAsync(events);
        var again = await Client.SendAsync([.. events, Sample.Event()]);
        Assert.Equal((1, 100, 0), (again.Accepted, again.Duplicates, again.Rejected));
        Assert.Equal(101, (await Client.AllEventsAsync()).Count);
    }

    [Fact]
    public async Task An_id_that_is_twice_in_a_batch_is_stored_once()
    {
        var (twice, other) = (Sample.Event(), Sample.Event());
        var result = await Client.SendAsync(twice, other, twice with { Sequence = 7 });
        Assert.Equal((2, 1, 0), (result.Accepted, result.Duplicates, result.Rejected));
        Assert.Equal([twice.Id, other.Id, twice.Id], result.Results.Select(one => one.Id));
        Assert.Equal(2, (await Client.AllEventsAsync()).Count);
    }

    [Fact]
    public async Task Batches_that_are_sent_several_times_in_parallel_are_stored_once()
    {
        var batches = Enumerable.Range(0, 20).Select(_ => Sample.Events(50)).ToList();
        var all = batches.SelectMany(batch => batch).ToList();

        // Each batch three times, and halves of two batches together, so that no two requests lock the same rows in the same pieces.
        var sent = batches
            .SelectMany(batch => new[] { batch, batch, batch })
            .Concat(batches.Zip(batches.Skip(1), (one, next) => one.Skip(25).Concat(next.Take(25)).ToList()));
        var results = await Task.WhenAll(sent.Select(batch => Client.SendAsync(batch)));
        Assert.Equal(all.Count, results.Sum(result => result.Accepted));
        Assert.Equal(0, results.Sum(result => result.Rejected));
        Assert.Equal(all.Select(item => item.Id).Order(), (await Client.AllEventsAsync()).Select(item => item.Id).Order());
    }

    [Fact]
    public async Task A_bad_event_does_not_lose_the_good_ones()
    {
        var now = TimeProvider.System.GetUtcNow();
        var good = Sample.Events(3);
        EventItem[] bad =
        [
            Sample.Event() with
            {
                Id = Guid.NewGuid(),
            },
            Sample.Event(now.AddHours(25)),
            Sample.Event(now.AddDays(-31)),
            Sample.Event() with
            {
                Id = Guid.CreateVersion7(now.AddHours(-25)),
            },
            Sample.Event() with
            {
                Direction = "sideways",
            },
            Sample.Event() with
            {
                Kind = "guess",
            },
            Sample.Event() with
            {
                Server = new string('x', 1025),
            },
            Sample.Event() with
            {
                Method = "a\0b",
            },
            Sample.Event() with
            {
                Size = -1,
            },
            Sample.Event() with
            {
                Sequence = -1,
            },
            Sample.Event() with
            {
                Payload = new byte[Options.MaximumPayloadBytes + 1],
            },
        ];
        var result = await Client.SendAsync([good[0], .. bad, .. good[1..]]);
        Assert.Equal((good.Count, 0, bad.Length), (result.Accepted, result.Duplicates, result.Rejected));
        var rejected = result.Results.Skip(1).Take(bad.Length).ToList();
        Assert.All(rejected, one => Assert.Equal(EventStatus.Rejected, one.Status));
        Assert.All(rejected, one => Assert.False(string.IsNullOrEmpty(one.Detail)));
        Assert.Equal(bad.Select(item => item.Id), rejected.Select(one => one.Id));
        Assert.Equal(bad.Length - 1, rejected.Count(one => one.Code == ErrorCode.ApiRequestInvalid));
        Assert.Equal(ErrorCode.ApiRequestTooLarge, rejected[^1].Code);
        Assert.Equal(good.Select(item => item.Id).Order(), (await Client.AllEventsAsync()).Select(item => item.Id).Order());
    }

    [Fact]
    public async Task A_batch_of_bad_events_only_is_answered_too()
    {
        var result = await Client.SendAsync(Sample.Event() with { Id = Guid.Empty });
        Assert.Equal((0, 0, 1), (result.Accepted, result.Duplicates, result.Rejected));
    }

    [Fact]
    public async Task The_oldest_and_the_newest_time_that_are_allowed_are_stored()
    {
        var now = TimeProvider.System.GetUtcNow();
        var (old, early) = (now.AddDays(-30).AddMinutes(1), now.AddHours(24).AddMinutes(-1));
        EventItem[] events =
        [
            Sample.Event(old),
            Sample.Event(early),
            Sample.Event(old) with
            {
                Id = Guid.CreateVersion7(old.AddHours(-23)),
            },
            Sample.Event(early) with
            {
                Id = Guid.CreateVersion7(early.AddHours(23)),
            },
        ];
        Assert.Equal(4, (await Client.SendAsync(events)).Accepted);
        Assert.Equal(4, (await Client.AllEventsAsync()).Count);
    }

    [Fact]
    public async Task A_customer_never_sees_another_ones_events()
    {
        using var other = new EventClient(Server.Address, "cus_b");
        var shared = Sample.Event();
        Assert.Equal(1, (await Client.SendAsync(shared)).Accepted);
        Assert.Equal(1, (await other.SendAsync(shared with { Server = "mine" })).Accepted);
        await Client.SendAsync(Sample.Events(10));
        Assert.Equal("mine", Assert.Single(await other.AllEventsAsync()).Server);
        Assert.Equal(1, (await other.StatisticsAsync()).Events);
        var cursor = (await Client.EventsAsync("limit=1")).Cursor;
        Assert.All((await other.EventsAsync($"cursor={cursor}")).Events, item => Assert.Equal("mine", item.Server));
    }

    [Fact]
    public async Task Without_the_feature_nothing_is_taken_and_everything_can_be_read()
    {
        await Client.SendAsync(Sample.Event());
        using var downgraded = new EventClient(Server.Address, tierAndFeatures: "Free console_logging");
        using var refused = await downgraded.TrySendAsync([Sample.Event()]);
        Assert.Equal(ErrorCode.ApiFeatureMissing, (await EventClient.ProblemAsync(refused, HttpStatusCode.Forbidden)).Code);
        Assert.Single(await downgraded.AllEventsAsync());
    }

    [Fact]
    public async Task Gzip_is_read_like_anything_else()
    {
        var item = Sample.Event();
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            EventClient.BatchOf([item]),
            ApiEventJsonContext.Default.EventBatch
        );
        using var answer = await Client.PostAsync(EventClient.Gzip(body), "gzip");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Single(await Client.AllEventsAsync());
    }

    [Fact]
    public async Task Stopping_the_server_answers_what_was_sent()
    {
        var sending = Enumerable
            .Range(0, 20)
            .Select(_ => Sample.Events(100))
            .Select(async batch =>
            {
                using var client = new EventClient(Server.Address);
                try
                {
                    return (await client.SendAsync(batch)).Accepted;
                }
                catch (HttpRequestException)
                {
                    return 0;
                }
            })
            .ToList();
        await Task.WhenAny(sending);
        await Server.StopAsync();
        var answered = (await Task.WhenAll(sending)).Sum();
        Assert.True(answered > 0);

        await using var next = await EventServer.StartAsync(Database.Options, Options, TimeProvider.System);
        using var reader = new EventClient(next.Address);
        Assert.True((await reader.AllEventsAsync()).Count >= answered);
    }

    private static string Text(EventItem item) => System.Text.Json.JsonSerializer.Serialize(item, ApiEventJsonContext.Default.EventItem);
}
