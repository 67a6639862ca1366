using Kilometers.Sqlite;

namespace Kilometers.Analytics.Storage;

/// <summary>
/// The tables (docs/see/analytics-schema.md). Names and meanings are promises: people open the file with other programs.
/// </summary>
internal static class Schema
{
    /// <summary>The columns of <c>call_hours</c> that count, in order: errors stand as <see cref="ErrorKind"/> has them.</summary>
    public const string Counts =
        "calls, cancelled, continued, duplicates, retries, progress, protocol_errors, schema_errors, tool_errors, timeout_errors,"
        + " auth_errors, quota_errors, transport_errors";

    /// <summary>How many columns <see cref="Counts"/> names.</summary>
    public const int CountOfCounts = 13;

    /// <summary>The columns of <c>call_hours</c> that are histograms, in order.</summary>
    public const string Histograms = "latency, request_size, response_size";

    private const int FirstWithAnomalies = 2;

    /// <summary><c>PRAGMA application_id</c>: "KmAn".</summary>
    private const int ApplicationId = 0x4b6d416e;

    // AUTOINCREMENT: a writer remembers ids of rows that retention may delete; they must never be those of other rows.
    private static readonly Migrations Migrations = new(
        ApplicationId,
        "a file of figures",
        [
            new(
                """
                CREATE TABLE sessions (
                  id INTEGER PRIMARY KEY AUTOINCREMENT,
                  key TEXT NOT NULL UNIQUE,
                  server TEXT NOT NULL,
                  client TEXT,
                  client_version TEXT,
                  protocol TEXT,
                  transport TEXT NOT NULL,
                  started INTEGER NOT NULL,
                  last_seen INTEGER NOT NULL,
                  ended INTEGER,
                  exit_code INTEGER,
                  startup INTEGER,
                  unmatched INTEGER NOT NULL,
                  missed INTEGER NOT NULL,
                  last_sequence INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE call_hours (
                  id INTEGER PRIMARY KEY AUTOINCREMENT,
                  session_id INTEGER NOT NULL,
                  hour INTEGER NOT NULL,
                  direction INTEGER NOT NULL,
                  method TEXT NOT NULL,
                  name TEXT NOT NULL,
                  calls INTEGER NOT NULL,
                  cancelled INTEGER NOT NULL,
                  continued INTEGER NOT NULL,
                  duplicates INTEGER NOT NULL,
                  retries INTEGER NOT NULL,
                  progress INTEGER NOT NULL,
                  protocol_errors INTEGER NOT NULL,
                  schema_errors INTEGER NOT NULL,
                  tool_errors INTEGER NOT NULL,
                  timeout_errors INTEGER NOT NULL,
                  auth_errors INTEGER NOT NULL,
                  quota_errors INTEGER NOT NULL,
                  transport_errors INTEGER NOT NULL,
                  latency BLOB NOT NULL,
                  request_size BLOB NOT NULL,
                  response_size BLOB NOT NULL
                ) STRICT;
                CREATE INDEX call_hours_by_session ON call_hours(session_id);
                CREATE INDEX call_hours_by_hour ON call_hours(hour);
                CREATE TABLE tools (
                  id INTEGER PRIMARY KEY,
                  server TEXT NOT NULL,
                  name TEXT NOT NULL,
                  bytes INTEGER NOT NULL,
                  first_seen INTEGER NOT NULL,
                  last_seen INTEGER NOT NULL,
                  session_id INTEGER NOT NULL,
                  UNIQUE (server, name)
                ) STRICT;
                """
            ),
            new(
                """
                CREATE TABLE anomalies (
                  id INTEGER PRIMARY KEY AUTOINCREMENT,
                  session_id INTEGER,
                  sequence INTEGER NOT NULL,
                  time INTEGER NOT NULL,
                  since INTEGER NOT NULL,
                  kind TEXT NOT NULL,
                  server TEXT NOT NULL,
                  tool TEXT NOT NULL,
                  previous TEXT NOT NULL,
                  value REAL NOT NULL,
                  usual REAL NOT NULL,
                  usual_limit REAL NOT NULL,
                  calls INTEGER NOT NULL,
                  known INTEGER NOT NULL,
                  hours REAL NOT NULL
                ) STRICT;
                CREATE INDEX anomalies_by_time ON anomalies(time);
                CREATE TABLE learned (
                  server TEXT NOT NULL,
                  tool TEXT NOT NULL,
                  updated INTEGER NOT NULL,
                  data BLOB NOT NULL,
                  PRIMARY KEY (server, tool)
                ) STRICT;
                """
            ),
        ]
    );

    public static int Version => Migrations.Version;

    /// <summary>Brings a file to this version.</summary>
    /// <exception cref="AnalyticsException">A newer version made it, or it is something else.</exception>
    public static void Migrate(AnalyticsDatabase database) => Migrations.Apply(database, Version);

    /// <summary>Whether a file can have anomalies: an earlier version may have made it, and no plugin has opened it since.</summary>
    public static bool HasAnomalies(AnalyticsDatabase database) => Migrations.AppliedTo(database) >= FirstWithAnomalies;

    /// <exception cref="AnalyticsException">The file is not one that this version can read.</exception>
    public static void Require(AnalyticsDatabase database)
    {
        if (Migrations.AppliedTo(database) == 0)
            throw new AnalyticsException(SqliteFault.Missing, "There are no figures yet");
    }
}
