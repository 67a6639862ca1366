using Kilometers.Api.Events;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Kilometers.Api.Storage;
using Kilometers.Api.Tests.Databases;
using Kilometers.Api.Tests.Events;
using Kilometers.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Kilometers.Api.Tests.Storage;

public sealed class SchemaMigrationSqliteTests : SchemaMigrationTests
{
    private protected override Task<TestDatabase> CreateAsync() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class SchemaMigrationPostgresTests(PostgresServer server) : SchemaMigrationTests
{
    private protected override Task<TestDatabase> CreateAsync() => TestDatabase.PostgreSqlAsync(server);
}

public abstract class SchemaMigrationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_of_the_first_version_is_brought_up_with_what_is_in_it()
    {
        using var database = await CreateAsync();
        var migration = new SchemaMigration(database.Options);
        Assert.Equal((0, 1), await migration.RunAsync(1, Stop));
        await using var services = Services(database);
        await using (var context = await ContextAsync(services))
        {
            context.Customers.Add(Row("cus_old"));
            await context.SaveChangesAsync(Stop);
        }

        var e = await Assert.ThrowsAsync<KmException>(() => migration.CheckAsync(Stop));
        Assert.Equal(ErrorCode.ApiConfiguration, e.Error.Code);
        Assert.Equal((1, SchemaMigration.Newest), await migration.RunAsync(SchemaMigration.Newest, Stop));
        Assert.Equal((SchemaMigration.Newest, SchemaMigration.Newest), await migration.RunAsync(SchemaMigration.Newest, Stop));
        await migration.CheckAsync(Stop);
        await using var after = await ContextAsync(services);
        Assert.Equal("cus_old", (await after.Customers.SingleAsync(Stop)).Id);
    }

    [Fact]
    public async Task Events_from_before_their_table_had_a_number_are_kept()
    {
        using var database = await CreateAsync();
        var store = EventServices.CreateStore(database.Options, TimeProvider.System);
        Assert.Equal(ErrorCode.ApiConfiguration, (await Assert.ThrowsAsync<KmException>(() => store.CheckAsync(Stop))).Error.Code);
        await store.MigrateAsync(Stop);
        await store.CheckAsync(Stop);
        Assert.All(await store.WriteAsync([new NewEvent("cus_a", Sample.Event())], Stop), Assert.True);
        await using (var connection = await ((IEventDatabase)store).OpenAsync(Stop))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE events_schema_version";
            await command.ExecuteNonQueryAsync(Stop);
        }

        await Assert.ThrowsAsync<KmException>(() => store.CheckAsync(Stop));
        await store.MigrateAsync(Stop);
        await store.CheckAsync(Stop);
        Assert.Equal(1, await store.DeleteAsync("cus_a", Stop));
        if (store is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else
            ((IDisposable)store).Dispose();
    }

    [Fact]
    public async Task Many_at_once_migrate_once()
    {
        using var database = await CreateAsync();
        var results = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => new SchemaMigration(database.Options).RunAsync(SchemaMigration.Newest, Stop)))
        );
        Assert.Single(results, result => result.Before == 0);
        Assert.All(results, result => Assert.Equal(SchemaMigration.Newest, result.After));
        await new SchemaMigration(database.Options).CheckAsync(Stop);
    }

    [Fact]
    public async Task Tables_of_a_newer_program_are_left_alone()
    {
        using var database = await CreateAsync();
        var migration = new SchemaMigration(database.Options);
        await migration.RunAsync(SchemaMigration.Newest, Stop);
        await using var services = Services(database);
        await using (var context = await ContextAsync(services))
            await context.Database.ExecuteSqlRawAsync("UPDATE schema_version SET version = 1000", Stop);
        Assert.Equal(
            ErrorCode.ApiConfiguration,
            (await Assert.ThrowsAsync<KmException>(() => migration.RunAsync(SchemaMigration.Newest, Stop))).Error.Code
        );
        Assert.Equal(ErrorCode.ApiConfiguration, (await Assert.ThrowsAsync<KmException>(() => migration.CheckAsync(Stop))).Error.Code);
    }

    /// <summary>The model of the program and the tables of the scripts are two descriptions of one thing.</summary>
    [Fact]
    public async Task Every_table_has_the_columns_that_the_program_reads()
    {
        using var database = await CreateAsync();
        await new SchemaMigration(database.Options).RunAsync(SchemaMigration.Newest, Stop);
        await using var services = Services(database);
        await using var context = await ContextAsync(services);
        Assert.Empty(await context.Customers.ToListAsync(Stop));
        Assert.Empty(await context.ApiKeys.ToListAsync(Stop));
        Assert.Empty(await context.Contents.ToListAsync(Stop));
        Assert.Empty(await context.ContentParts.ToListAsync(Stop));
        Assert.Empty(await context.Releases.ToListAsync(Stop));
        Assert.Empty(await context.ReleaseFiles.ToListAsync(Stop));
        Assert.Empty(await context.IssuerKeys.ToListAsync(Stop));
        Assert.Empty(await context.Builds.ToListAsync(Stop));
        Assert.Empty(await context.RevocationLists.ToListAsync(Stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ContentStore.PartSize)]
    [InlineData((3 * ContentStore.PartSize) + 17)]
    public async Task Content_comes_back_as_it_was_and_from_any_place(int size)
    {
        using var database = await CreateAsync();
        await new SchemaMigration(database.Options).RunAsync(SchemaMigration.Newest, Stop);
        await using var services = Services(database);
        var store = services.GetRequiredService<ContentStore>();
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        var digests = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => store.AddAsync(new MemoryStream(bytes), Stop))));
        Assert.Single(digests.Distinct());
        await using var content = await store.OpenAsync(digests[0], Stop);
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, Stop);
        Assert.Equal(bytes, copy.ToArray());
        content.Position = size / 2;
        using var half = new MemoryStream();
        await content.CopyToAsync(half, Stop);
        Assert.Equal(bytes[(size / 2)..], half.ToArray());
    }

    private protected abstract Task<TestDatabase> CreateAsync();

    private static ServiceProvider Services(TestDatabase database) =>
        new ServiceCollection().AddStorage(database.Options).BuildServiceProvider();

    private static Task<ApiDatabase> ContextAsync(ServiceProvider services) =>
        services.GetRequiredService<IDbContextFactory<ApiDatabase>>().CreateDbContextAsync(Stop);

    private static CustomerRow Row(string id) =>
        new()
        {
            Id = id,
            Name = "Old",
            Tier = Tier.Pro,
            FeaturesAdded = "",
            FeaturesRemoved = "",
            CreatedAt = 1,
        };
}
