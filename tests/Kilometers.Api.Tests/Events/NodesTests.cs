using Kilometers.Api.Configuration;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Tests.Databases;
using Npgsql;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

/// <summary>Several nodes on one PostgreSQL.</summary>
public sealed class NodesTests(PostgresServer postgres)
{
    private const int Nodes = 4;

    [Fact]
    public async Task The_same_events_sent_to_all_nodes_at_once_are_stored_once()
    {
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        await using var nodes = await Cluster.StartAsync(database);
        var clients = nodes.Servers.Select(node => new EventClient(node.Address)).ToList();
        var batches = Enumerable.Range(0, 25).Select(_ => Sample.Events(40)).ToList();

        // Each node gets every batch, in another order, and each batch's events in another order.
        var random = new Random(1);
        var results = await Task.WhenAll(
            clients.Select(client =>
                Task.WhenAll(
                    batches
                        .OrderBy(_ => random.Next())
                        .ToList()
                        .Select(batch => client.SendAsync(batch.OrderBy(item => item.Id.GetHashCode() ^ client.GetHashCode())))
                )
            )
        );
        Assert.Equal(1000, results.SelectMany(node => node).Sum(result => result.Accepted));
        Assert.Equal(1000 * (Nodes - 1), results.SelectMany(node => node).Sum(result => result.Duplicates));
        var stored = await clients[0].AllEventsAsync();
        Assert.Equal(batches.SelectMany(batch => batch).Select(item => item.Id).Order(), stored.Select(item => item.Id).Order());
    }

    [Fact]
    public async Task Nodes_that_need_new_days_at_once_make_each_once()
    {
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        var stores = Enumerable.Range(0, Nodes).Select(_ => new PostgresEventStore(database.Options, TimeProvider.System)).ToList();
        await Task.WhenAll(stores.Select(store => store.MigrateAsync(TestContext.Current.CancellationToken)));
        var now = TimeProvider.System.GetUtcNow();
        for (var round = 0; round < 10; round++)
        {
            var days = Enumerable.Range((round * 3) + 1, 4);
            var written = await Task.WhenAll(
                stores.Select(store =>
                    store.WriteAsync(
                        [.. days.Select(day => new NewEvent("cus_a", Sample.Event(now.AddDays(-day)))).Order(IngestOrder.Instance)],
                        TestContext.Current.CancellationToken
                    )
                )
            );
            Assert.All(written, results => Assert.DoesNotContain(false, results));
        }

        Assert.Equal(10 * 4 * Nodes, await CountAsync(database));
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task A_day_that_another_node_has_dropped_is_made_again()
    {
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        await using var server = await EventServer.StartAsync(database.Options, new EventOptions(), TimeProvider.System);
        using var client = new EventClient(server.Address);
        var day = TimeProvider.System.GetUtcNow().AddDays(-20);
        await client.SendAsync(Sample.Event(day));
        await ExecuteAsync(database, $"DROP TABLE events_{day.UtcDateTime:yyyyMMdd}");
        using (var refused = await client.TrySendAsync([Sample.Event(day)]))
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(1, (await client.SendAsync(Sample.Event(day))).Accepted);
    }

    [Fact]
    public async Task A_query_that_runs_long_does_not_stop_a_new_day()
    {
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        await using var server = await EventServer.StartAsync(database.Options, new EventOptions(), TimeProvider.System);
        using var client = new EventClient(server.Address);
        await using var connection = new NpgsqlConnection(database.Options.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM events", connection, transaction);
        await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, (await client.SendAsync(Sample.Event(TimeProvider.System.GetUtcNow().AddDays(-20)))).Accepted);
    }

    [Fact]
    public async Task An_event_lies_in_the_partition_of_the_day_in_its_id()
    {
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        await using var server = await EventServer.StartAsync(database.Options, new EventOptions(), TimeProvider.System);
        using var client = new EventClient(server.Address);
        var now = TimeProvider.System.GetUtcNow();
        var item = Sample.Event(now) with { Id = Guid.CreateVersion7(now.AddHours(-23)) };
        await client.SendAsync(item);

        // The same id with another timestamp, as after a change of a clock: it is the same event.
        Assert.Equal(1, (await client.SendAsync(item with { Timestamp = now.AddHours(-46) })).Duplicates);
        await ExecuteAsync(database, $"DELETE FROM events_{now.AddHours(-23).UtcDateTime:yyyyMMdd}");
        Assert.Equal(0, await CountAsync(database));
    }

    [Fact]
    public async Task What_is_answered_is_durable_whatever_the_database_is_set_to()
    {
        using var database = await TestDatabase.PostgreSqlAsync(postgres);
        var careless = database.Options with
        {
            ConnectionString = database.Options.ConnectionString + ";Options=-c synchronous_commit=off",
        };
        await using var store = new PostgresEventStore(careless, TimeProvider.System);
        await store.MigrateAsync(TestContext.Current.CancellationToken);

        // The setting of the transaction that wrote the row, as the row's own trigger sees it.
        await ExecuteAsync(
            database,
            """
            CREATE TABLE seen (setting text);
            CREATE FUNCTION look() RETURNS trigger AS 'BEGIN INSERT INTO seen VALUES (current_setting(''synchronous_commit'')); RETURN NEW; END' LANGUAGE plpgsql;
            CREATE TRIGGER look BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION look();
            """
        );
        await store.WriteAsync([new NewEvent("cus_a", Sample.Event())], TestContext.Current.CancellationToken);
        Assert.Equal(1, await CountAsync(database, "seen WHERE setting = 'on'"));
    }

    private static async Task<long> CountAsync(TestDatabase database, string from = "events")
    {
        await using var connection = new NpgsqlConnection(database.Options.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM {from}", connection);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Options.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Cluster(EventServer[] servers) : IAsyncDisposable
    {
        public IReadOnlyList<EventServer> Servers => servers;

        public static async Task<Cluster> StartAsync(TestDatabase database) =>
            new(
                await Task.WhenAll(
                    Enumerable
                        .Range(0, Nodes)
                        .Select(_ => EventServer.StartAsync(database.Options, new EventOptions(), TimeProvider.System))
                )
            );

        public async ValueTask DisposeAsync()
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }
}
