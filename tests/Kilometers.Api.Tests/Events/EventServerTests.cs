using Kilometers.Api.Configuration;
using Kilometers.Api.Tests.Databases;
using TestEventServer;

namespace Kilometers.Api.Tests.Events;

/// <summary>Tests of a server of events; each has its own, and its own database.</summary>
public abstract class EventServerTests : IAsyncLifetime
{
    internal EventOptions Options { get; init; } = new();

    internal TestDatabase Database { get; private set; } = null!;

    internal EventServer Server { get; private set; } = null!;

    internal EventClient Client { get; private set; } = null!;

    internal abstract Task<TestDatabase> CreateDatabaseAsync();

    public async ValueTask InitializeAsync()
    {
        Database = await CreateDatabaseAsync();
        Server = await EventServer.StartAsync(Database.Options, Options, TimeProvider.System);
        Client = new EventClient(Server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            Client.Dispose();
            await Server.DisposeAsync();
        }

        Database?.Dispose();
        GC.SuppressFinalize(this);
    }
}
