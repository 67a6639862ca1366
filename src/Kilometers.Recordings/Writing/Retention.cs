using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>Deletes what is too old or too much, the oldest sessions first, and returns the space to the disk.</summary>
public static class Retention
{
    /// <summary>Deletes until so much of the limit is used, so that not every message costs a deletion.</summary>
    private const double Target = 0.9;

    /// <summary>More deletions than that are left for the next time.</summary>
    private const int MaxRounds = 1000;

    /// <summary>A session without an end and with traffic since then may still run.</summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromDays(1);

    /// <summary>Deletes one session.</summary>
    internal static void Delete(Database database, long session)
    {
        DeletePartsAndWords(database, session, long.MaxValue);
        foreach (
            var sql in (string[])
                [
                    "DELETE FROM calls WHERE session_id = ?1",
                    "DELETE FROM call_hours WHERE session_id = ?1",
                    "DELETE FROM messages WHERE session_id = ?1",
                    "DELETE FROM blocks WHERE session_id = ?1",
                    "DELETE FROM events WHERE session_id = ?1",
                    "DELETE FROM stderr_lines WHERE session_id = ?1",
                    "DELETE FROM sessions WHERE id = ?1",
                ]
        )
        {
            using var statement = database.Prepare(sql);
            statement.Bind(0, session).Run();
        }
    }

    internal static void Apply(
        Database database,
        RecordingOptions options,
        DateTimeOffset now,
        IReadOnlyCollection<SessionRecording> running
    )
    {
        var isChanged = false;
        var isRunning = running.Select(session => session.Row).Concat(RunningElsewhere(database, now)).ToHashSet();
        foreach (var session in Oldest(database, FileTime.Of(now - options.MaxAge)).Where(session => !isRunning.Contains(session)))
        {
            database.InTransaction(() => Delete(database, session));
            isChanged = true;
        }

        if (database.Used > options.MaxBytes * 0.95)
        {
            Fit(database, (long)(options.MaxBytes * Target), isRunning);
            isChanged = true;
        }

        if (isChanged)
            database.Shrink();
    }

    private static void Fit(Database database, long target, HashSet<long> running)
    {
        for (var round = 0; round < MaxRounds && database.Used > target; round++)
        {
            var all = Oldest(database, long.MaxValue);
            if (all.FirstOrDefault(session => !running.Contains(session)) is var oldest and > 0)
                database.InTransaction(() => Delete(database, oldest));
            else if (!all.Any(session => Thin(database, session)))
                return;
        }
    }

    /// <summary>Deletes the older half of a session's payloads; their calls stay.</summary>
    /// <returns>Whether there were any.</returns>
    private static bool Thin(Database database, long session)
    {
        using var count = database.Prepare("SELECT count(*) FROM blocks WHERE session_id = ?");
        if (count.Bind(0, session).Value() is not (> 1 and var blocks))
            return false;
        database.InTransaction(() =>
        {
            using var middle = database.Prepare("SELECT id FROM blocks WHERE session_id = ? ORDER BY id LIMIT 1 OFFSET ?");
            var until = middle.Bind(0, session).Bind(1, blocks / 2).Value() ?? 0;
            DeletePartsAndWords(database, session, until);
            using var delete = database.Prepare("DELETE FROM blocks WHERE session_id = ? AND id < ?");
            delete.Bind(0, session).Bind(1, until).Run();
        });
        return true;
    }

    /// <summary>Deletes what other tables have of a session's blocks.</summary>
    private static void DeletePartsAndWords(Database database, long session, long before)
    {
        using var blocks = database.Prepare("SELECT id, search_rows FROM blocks WHERE session_id = ? AND id < ?");
        using var delete = database.Prepare("DELETE FROM search WHERE rowid = ?");
        using var parts = database.Prepare("DELETE FROM block_parts WHERE block_id = ?");
        blocks.Bind(0, session).Bind(1, before);
        while (blocks.Step())
        {
            parts.Bind(0, blocks.Number(0)).Run();
            for (var row = 0; row < blocks.Number(1); row++)
                delete.Bind(0, (blocks.Number(0) * SearchWords.RowsPerBlock) + row).Run();
        }
    }

    /// <summary>Sessions that other processes may be recording now.</summary>
    private static List<long> RunningElsewhere(Database database, DateTimeOffset now)
    {
        using var statement = database.Prepare("SELECT id FROM sessions WHERE ended IS NULL AND last_seen > ?");
        return Rows(statement.Bind(0, FileTime.Of(now - MaxSilence)));
    }

    /// <summary>Sessions whose end, or last sign of life, is before a time.</summary>
    private static List<long> Oldest(Database database, long before)
    {
        using var statement = database.Prepare(
            "SELECT id FROM sessions WHERE coalesce(ended, last_seen) < ? ORDER BY coalesce(ended, last_seen)"
        );
        return Rows(statement.Bind(0, before));
    }

    private static List<long> Rows(Statement statement)
    {
        var rows = new List<long>();
        while (statement.Step())
            rows.Add(statement.Number(0));
        return rows;
    }
}
