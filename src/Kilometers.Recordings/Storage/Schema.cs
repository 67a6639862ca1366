using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>
/// The tables (docs/see/schema.md). Names and meanings are promises: people open the file with other programs. A change is a new migration
/// at the end of the list; <c>PRAGMA user_version</c> counts those that were applied.
/// </summary>
internal static class Schema
{
    /// <summary><c>PRAGMA application_id</c>: "KmRc".</summary>
    private const int ApplicationId = 0x4b6d5263;

    public static int Version => Steps.Length;

    /// <summary>The first version with <c>call_hours</c>; files of earlier ones can be read without it.</summary>
    public const int VersionOfHours = 2;

    /// <summary>The first version with columns for tokens; files of earlier ones can be read without them.</summary>
    public const int VersionOfTokens = 3;

    private const int MinReadable = 1;

    /// <summary>Times are microseconds since 1970-01-01 UTC; latencies are microseconds; sizes are bytes.</summary>
    private static readonly Migration[] Steps =
    [
        new(
            """
            CREATE TABLE sessions (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              key TEXT NOT NULL UNIQUE,
              name TEXT,
              server TEXT,
              command TEXT,
              client TEXT,
              client_version TEXT,
              protocol TEXT,
              km_version TEXT,
              payloads TEXT NOT NULL,
              started INTEGER NOT NULL,
              last_seen INTEGER NOT NULL,
              ended INTEGER,
              exit_code INTEGER,
              exit_status TEXT,
              calls INTEGER NOT NULL DEFAULT 0,
              errors INTEGER NOT NULL DEFAULT 0,
              messages INTEGER NOT NULL DEFAULT 0,
              bytes_in INTEGER NOT NULL DEFAULT 0,
              bytes_out INTEGER NOT NULL DEFAULT 0,
              missed INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE TABLE calls (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              session_id INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              response_sequence INTEGER,
              direction INTEGER NOT NULL,
              started INTEGER NOT NULL,
              latency INTEGER,
              outcome TEXT,
              retries INTEGER NOT NULL DEFAULT 0,
              request_bytes INTEGER NOT NULL,
              response_bytes INTEGER,
              method TEXT,
              name TEXT,
              request_id TEXT,
              error_code TEXT,
              error_text TEXT
            ) STRICT;
            CREATE INDEX calls_by_session ON calls(session_id);
            CREATE TABLE messages (
              session_id INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              time INTEGER NOT NULL,
              direction INTEGER NOT NULL,
              kind INTEGER NOT NULL,
              bytes INTEGER NOT NULL,
              call_id INTEGER,
              block_id INTEGER,
              block_offset INTEGER,
              block_length INTEGER,
              truncated INTEGER,
              method TEXT,
              PRIMARY KEY (session_id, sequence)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE blocks (
              id INTEGER PRIMARY KEY,
              session_id INTEGER NOT NULL,
              first_sequence INTEGER NOT NULL,
              last_sequence INTEGER NOT NULL,
              search_rows INTEGER NOT NULL,
              raw_bytes INTEGER NOT NULL,
              data BLOB
            ) STRICT;
            CREATE INDEX blocks_by_session ON blocks(session_id);
            CREATE TABLE block_parts (
              block_id INTEGER NOT NULL,
              part INTEGER NOT NULL,
              raw_bytes INTEGER NOT NULL,
              data BLOB NOT NULL,
              PRIMARY KEY (block_id, part)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE definitions (
              id INTEGER PRIMARY KEY,
              server TEXT NOT NULL,
              kind TEXT NOT NULL,
              name TEXT NOT NULL,
              hash TEXT NOT NULL,
              content TEXT NOT NULL,
              first_seen INTEGER NOT NULL,
              last_seen INTEGER NOT NULL,
              UNIQUE (server, kind, name, hash)
            ) STRICT;
            CREATE TABLE events (
              session_id INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              time INTEGER NOT NULL,
              type TEXT NOT NULL,
              data TEXT NOT NULL,
              PRIMARY KEY (session_id, sequence)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE stderr_lines (
              session_id INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              time INTEGER NOT NULL,
              line TEXT NOT NULL,
              PRIMARY KEY (session_id, sequence)
            ) STRICT, WITHOUT ROWID;
            CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='ascii');
            """
        ),
        new(
            """
            CREATE TABLE call_hours (
              id INTEGER PRIMARY KEY,
              session_id INTEGER NOT NULL,
              hour INTEGER NOT NULL,
              direction INTEGER NOT NULL,
              method TEXT NOT NULL,
              name TEXT NOT NULL,
              calls INTEGER NOT NULL,
              errors INTEGER NOT NULL,
              request_bytes INTEGER NOT NULL,
              response_bytes INTEGER NOT NULL,
              slowest INTEGER,
              slowest_call INTEGER,
              latencies BLOB NOT NULL
            ) STRICT;
            CREATE INDEX call_hours_by_session ON call_hours(session_id, hour, calls);
            """,
            HourStore.Fill
        ),
        new(
            """
            ALTER TABLE sessions ADD COLUMN tokens_until INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE calls ADD COLUMN request_tokens INTEGER;
            ALTER TABLE calls ADD COLUMN response_tokens INTEGER;
            ALTER TABLE call_hours ADD COLUMN request_tokens INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE call_hours ADD COLUMN response_tokens INTEGER NOT NULL DEFAULT 0;
            """
        ),
    ];

    private static readonly Migrations Migrations = new(ApplicationId, "a file of recordings", Steps);

    /// <summary>Brings a file to a version.</summary>
    /// <exception cref="RecordingException">A newer version made it, or it is something else.</exception>
    public static void Migrate(Database database, int version) => Migrations.Apply(database, version);

    /// <summary>The version of a file that is only read: after an update of km nothing may have been recorded yet.</summary>
    /// <exception cref="RecordingException">The file is not one that this version can read.</exception>
    public static int Require(Database database)
    {
        var version = Migrations.AppliedTo(database);
        return version >= MinReadable ? version : throw new RecordingException(SqliteFault.Missing, "Nothing has been recorded yet");
    }
}
