using System.Data.Common;

namespace Kilometers.Api.Events.Storage;

/// <summary>What queries, whose SQL is the same for all databases, must know of one.</summary>
internal interface IEventDatabase
{
    /// <summary>A connection for one query.</summary>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Ends what a connection is doing, where the time limit of a command does not.</summary>
    void Interrupt(DbConnection connection);

    /// <summary>An id as the database has it: ordered by its bytes, which begin with its time.</summary>
    object IdValue(Guid id);

    /// <summary>The id in a column.</summary>
    Guid ReadId(DbDataReader reader, int column);
}
