using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Tests.Databases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

public sealed class SqliteRetentionTests : RetentionTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresRetentionTests(PostgresServer server) : RetentionTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.PostgreSqlAsync(server);

    [Fact]
    public async Task Days_that_nobody_keeps_are_dropped_and_coming_ones_are_made()
    {
        using var database = await CreateDatabaseAsync();
        await using var server = await StartAsync(database);
        using var client = new EventClient(server.Address, "cus_e", "Enterprise api_logging");
        await client.SendAsync(Sample.Event(Start.AddDays(-300)), Sample.Event(Start));
        Time.Advance(TimeSpan.FromDays(100));
        await Wait.UntilAsync(
            () => Days(database).SequenceEqual(["20260301", "20260302", "20260303", "20260609", "20260610", "20260611"]),
            () => string.Join(' ', Days(database))
        );
    }

    [Fact]
    public async Task One_node_deletes_at_a_time()
    {
        using var database = await CreateDatabaseAsync();
        await using var server = await StartAsync(database);
        using var client = new EventClient(server.Address);
        await client.SendAsync(Sample.Event(Start.AddDays(-29)));
        var (store, retention) = (server.Services.GetRequiredService<IEventStore>(), server.Services.GetRequiredService<EventRetention>());

        await using var other = new NpgsqlConnection(database.Options.ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using var take = new NpgsqlCommand("SELECT pg_advisory_lock(5642117304)", other);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await store.PurgeAsync(retention, Start.AddDays(400), TestContext.Current.CancellationToken);
        Assert.Single(await client.AllEventsAsync());

        await using var free = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", other);
        await free.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await store.PurgeAsync(retention, Start.AddDays(400), TestContext.Current.CancellationToken);
        Assert.Empty(await client.AllEventsAsync());
    }

    private static List<string> Days(TestDatabase database)
    {
        using var connection = new NpgsqlConnection(database.Options.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(
            "SELECT relname FROM pg_class WHERE relname LIKE 'events\\_2%' AND relkind = 'r' ORDER BY 1",
            connection
        );
        using var reader = command.ExecuteReader();
        var days = new List<string>();
        while (reader.Read())
            days.Add(reader.GetString(0)["events_".Length..]);
        return days;
    }
}

public abstract class RetentionTests
{
    protected static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private protected FakeTimeProvider Time { get; } = new(Start);

    internal abstract Task<TestDatabase> CreateDatabaseAsync();

    [Fact]
    public async Task Each_tier_keeps_its_events_as_long_as_it_says()
    {
        using var database = await CreateDatabaseAsync();
        await using var server = await StartAsync(database);
        using var free = new EventClient(server.Address, "cus_f", "Free api_logging");
        using var pro = new EventClient(server.Address, "cus_p", "Pro api_logging");
        using var enterprise = new EventClient(server.Address, "cus_e", "Enterprise api_logging");
        foreach (var client in new[] { free, pro, enterprise })
            await client.SendAsync(Sample.Events(3, Start));
        await AfterAsync(TimeSpan.FromHours(23), 3, 3, 3);
        await AfterAsync(TimeSpan.FromDays(3), 0, 3, 3);
        await AfterAsync(TimeSpan.FromDays(25), 0, 3, 3);
        await AfterAsync(TimeSpan.FromDays(4), 0, 0, 3);
        await AfterAsync(TimeSpan.FromDays(330), 0, 0, 3);
        await AfterAsync(TimeSpan.FromDays(5), 0, 0, 0);

        async Task AfterAsync(TimeSpan time, params int[] expected)
        {
            Time.Advance(time);
            int[] kept = [];
            await Wait.UntilAsync(
                () => (kept = KeptAsync().GetAwaiter().GetResult()).SequenceEqual(expected),
                () => string.Join(' ', kept)
            );
        }

        // The server's own hourly look may be at it: ours does nothing then, and comes again.
        async Task<int[]> KeptAsync()
        {
            await server
                .Services.GetRequiredService<IEventStore>()
                .PurgeAsync(server.Services.GetRequiredService<EventRetention>(), Time.GetUtcNow(), TestContext.Current.CancellationToken);
            return [(await free.AllEventsAsync()).Count, (await pro.AllEventsAsync()).Count, (await enterprise.AllEventsAsync()).Count];
        }
    }

    [Fact]
    public async Task The_server_deletes_by_itself()
    {
        using var database = await CreateDatabaseAsync();
        await using var server = await StartAsync(database);
        using var client = new EventClient(server.Address);
        await client.SendAsync(Sample.Events(5_000, Start));
        Time.Advance(TimeSpan.FromDays(32));
        var left = 1;
        await Wait.UntilAsync(() => (left = client.AllEventsAsync().GetAwaiter().GetResult().Count) == 0, () => $"{left} left");
    }

    [Fact]
    public async Task Events_of_customers_that_are_not_known_are_kept_as_long_as_any()
    {
        using var database = await CreateDatabaseAsync();
        await using (var first = await StartAsync(database))
        {
            using var client = new EventClient(first.Address, "cus_x", "Free api_logging");
            await client.SendAsync(Sample.Event(Start));
        }

        await using var server = await StartAsync(database);
        var (store, retention) = (server.Services.GetRequiredService<IEventStore>(), server.Services.GetRequiredService<EventRetention>());
        using var reader = new EventClient(server.Address, "cus_x", "Free");
        await store.PurgeAsync(retention, Start.AddDays(300), TestContext.Current.CancellationToken);
        Assert.Single(await reader.AllEventsAsync());
    }

    private protected Task<EventServer> StartAsync(TestDatabase database) =>
        EventServer.StartAsync(database.Options, new EventOptions(), Time);
}
