namespace Kilometers.Api.Configuration;

/// <summary>Which kind of database. The zero value is none: nothing is opened.</summary>
internal enum DatabaseProvider
{
    None = 0,

    /// <summary>A file of this machine; for one node.</summary>
    Sqlite = 1,

    /// <summary>PostgreSQL 15 or later; for any number of nodes.</summary>
    PostgreSql = 2,
}

/// <summary>Where everything is kept.</summary>
internal sealed record DatabaseOptions
{
    public required DatabaseProvider Provider { get; init; }

    /// <summary>As Microsoft.Data.Sqlite or Npgsql reads it. May hold a password.</summary>
    public required string ConnectionString { get; init; }
}
