using System.Data.Common;
using Kilometers.Api.Events.Model;
using Kilometers.Api.Events.Storage;
using Microsoft.Data.Sqlite;

namespace Kilometers.Api.Tests.Events;

/// <summary>A real store whose writes wait until they are let go, or fail.</summary>
internal sealed class SlowStore(SqliteEventStore store) : IEventStore
{
    private readonly SemaphoreSlim _writes = new(0);
    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>The events of each write, failed ones included.</summary>
    public List<int> Groups { get; } = [];

    /// <summary>A write that has such an event fails as it would if the database did not like it.</summary>
    public Func<NewEvent, bool> Refuses { get; set; } = _ => false;

    /// <summary>Waits until a write has come.</summary>
    public Task ArrivedAsync() => _arrived.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets writes go on.</summary>
    public void Release(int writes = 10_000) => _writes.Release(writes);

    public Task MigrateAsync(CancellationToken cancellationToken) => store.MigrateAsync(cancellationToken);

    public Task CheckAsync(CancellationToken cancellationToken) => store.CheckAsync(cancellationToken);

    public Task<long> DeleteAsync(string customerId, CancellationToken cancellationToken) =>
        store.DeleteAsync(customerId, cancellationToken);

    public async Task<bool[]> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken)
    {
        Groups.Add(events.Count);
        _arrived.Release();
        await _writes.WaitAsync(cancellationToken);
        if (events.Any(Refuses))
            throw new SqliteException("refused", SQLitePCL.raw.SQLITE_CONSTRAINT);
        return await store.WriteAsync(events, cancellationToken);
    }

    /// <exception cref="DbException">Never.</exception>
    public Task PurgeAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken) => Task.CompletedTask;
}
