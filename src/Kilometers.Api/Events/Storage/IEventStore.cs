using System.Data.Common;
using Kilometers.Api.Events.Model;

namespace Kilometers.Api.Events.Storage;

/// <summary>Where events are kept.</summary>
internal interface IEventStore
{
    /// <summary>Brings the tables to the newest version. Several nodes may do so at once.</summary>
    /// <exception cref="DbException">The database cannot be reached or written.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Refuses to work with tables of another version.</summary>
    /// <exception cref="Contracts.KmException"><c>API_CFG_001</c>: they are older, newer, or not there.</exception>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Deletes all events of a customer.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="DbException">The database cannot be reached or written; some may be deleted.</exception>
    Task<long> DeleteAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>Stores events durably: all that are new, or, after an exception, none. One call at a time.</summary>
    /// <param name="events">Events whose (customer, id) differ from each other, in the order of <see cref="IngestOrder"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>For each event whether it was stored now; false: it had been before.</returns>
    /// <exception cref="DbException">Nothing was stored; or all was, and the connection broke before the database could say so.</exception>
    Task<bool[]> WriteAsync(IReadOnlyList<NewEvent> events, CancellationToken cancellationToken);

    /// <summary>Deletes what is older than its customer's tier keeps. Does nothing while another node is at it.</summary>
    /// <param name="retention">How long whose events are kept.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Gives up; what was deleted stays deleted.</param>
    /// <exception cref="DbException">The database cannot be reached or written.</exception>
    Task PurgeAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>By customer and id: the order of the primary key, and one in which two nodes that write the same events never wait for each other.</summary>
internal sealed class IngestOrder : IComparer<NewEvent>
{
    public static readonly IngestOrder Instance = new();

    public int Compare(NewEvent? x, NewEvent? y)
    {
        var customers = string.CompareOrdinal(x!.CustomerId, y!.CustomerId);
        return customers != 0 ? customers : x.Item.Id.CompareTo(y.Item.Id);
    }
}
