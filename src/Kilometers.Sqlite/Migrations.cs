namespace Kilometers.Sqlite;

/// <summary>A step from one version of a file to the next.</summary>
/// <param name="Sql">What makes its tables.</param>
/// <param name="Fill">Fills them from what the file has; null: nothing to fill.</param>
public sealed record Migration(string Sql, Action<SqliteDatabase>? Fill = null);

/// <summary>
/// The versions of a kind of file. <c>PRAGMA user_version</c> counts the steps that were applied, and <c>PRAGMA application_id</c> tells the
/// kind. A change is a new step at the end.
/// </summary>
/// <param name="applicationId">The kind.</param>
/// <param name="kind">What it is called in messages: "a file of recordings".</param>
/// <param name="steps">The steps.</param>
public sealed class Migrations(int applicationId, string kind, IReadOnlyList<Migration> steps)
{
    /// <summary>The newest version.</summary>
    public int Version => steps.Count;

    /// <summary>Brings a file to a version. Throws where a newer version made it, or it is something else.</summary>
    public void Apply(SqliteDatabase database, int version)
    {
        ArgumentNullException.ThrowIfNull(database);
        if (AppliedTo(database) >= version)
            return;
        database.InTransaction(() =>
        {
            // Another process may have been first.
            for (var next = AppliedTo(database); next < version; next++)
            {
                database.Run(steps[next].Sql);
                steps[next].Fill?.Invoke(database);
            }

            database.Run($"PRAGMA application_id={applicationId}");
            database.Run($"PRAGMA user_version={version}");
        });
    }

    /// <summary>The version of a file; 0: it is empty. Throws where a newer version made it, or it is something else.</summary>
    public int AppliedTo(SqliteDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        var version = (int)(database.Value("PRAGMA user_version") ?? 0);
        var application = database.Value("PRAGMA application_id") ?? 0;
        if (version > Version && application == applicationId)
            throw database.Failure(SqliteFault.Newer, "A newer version of km made this file");
        var isEmpty = application == 0 && version == 0 && database.Value("SELECT count(*) FROM sqlite_schema") == 0;
        return application == applicationId || isEmpty ? version : throw database.Failure(SqliteFault.Damaged, $"This is not {kind}");
    }
}
