using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Tests;

public sealed class SchemaTests
{
    [Fact]
    public void Migrate_EmptyFile_HasTheDocumentedTables()
    {
        using var folder = new RecordingFolder();
        using var database = Database.OpenToWrite(folder.Database);
        using var columns = database.Prepare(
            "SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c"
                + " WHERE t.type = 'table' AND t.name NOT LIKE 'search\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                + " ORDER BY t.name, c.cid"
        );
        var real = new List<string>();
        while (columns.Step())
            real.Add($"{columns.Text(0)}.{columns.Text(1)} {columns.Text(2)}".TrimEnd());
        Assert.Equal(Documented().Order(StringComparer.Ordinal), real.Order(StringComparer.Ordinal));
        Assert.Equal(Schema.Version, database.Value("PRAGMA user_version"));
        Assert.Contains($"now {Schema.Version}.", File.ReadAllText(Page), StringComparison.Ordinal);
        Assert.Equal(2, database.Value("PRAGMA auto_vacuum"));
    }

    private static string Page => Path.Combine(Root(), "docs", "see", "schema.md");

    /// <summary>The columns of docs/see/schema.md: a heading for each table, a row for each column.</summary>
    private static IEnumerable<string> Documented()
    {
        var table = "";
        foreach (var line in File.ReadLines(Page))
        {
            if (line.StartsWith("## `", StringComparison.Ordinal))
                table = line[4..^1];
            else if (line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|') is [_, var column, var type, ..])
                yield return $"{table}.{column.Trim(' ', '`')} {type.Trim()}".TrimEnd();
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Km.slnx is in no parent folder");
        return folder.FullName;
    }

    [Fact]
    public void Migrate_EachEarlierVersion_ReachesThisOne()
    {
        for (var version = 0; version <= Schema.Version; version++)
        {
            using var folder = new RecordingFolder();
            Database.OpenToWrite(folder.Database, version).Dispose();
            using var migrated = Database.OpenToWrite(folder.Database);
            Assert.Equal(Schema.Version, migrated.Value("PRAGMA user_version"));
        }
    }

    [Fact]
    public void OpenToRead_FileOfANewerVersion_IsRefused()
    {
        using var folder = new RecordingFolder();
        folder.Record("one", RecordingFolder.Event(1, "session.started"));
        using (var database = Database.OpenToWrite(folder.Database))
            database.Run($"PRAGMA user_version={Schema.Version + 1}");
        Assert.Equal(SqliteFault.Newer, Assert.Throws<RecordingException>(folder.Reader).Fault);
        Assert.Equal(SqliteFault.Newer, Assert.Throws<RecordingException>(() => Database.OpenToWrite(folder.Database)).Fault);
    }

    [Fact]
    public void OpenToRead_NoFile_SaysSo()
    {
        using var folder = new RecordingFolder();
        Assert.Equal(SqliteFault.Missing, Assert.Throws<RecordingException>(folder.Reader).Fault);
        Assert.Empty(Directory.EnumerateFiles(folder.Folder));
    }

    [Fact]
    public void Open_DatabaseOfAnotherProgram_IsRefusedAndUnchanged()
    {
        using var folder = new RecordingFolder();
        using (var other = Database.OpenToWrite(folder.Database))
            other.Run("PRAGMA application_id=7");
        Assert.Equal(SqliteFault.Damaged, Assert.Throws<RecordingException>(folder.Reader).Fault);
        Assert.Equal(SqliteFault.Damaged, Assert.Throws<RecordingException>(() => Database.OpenToWrite(folder.Database)).Fault);
    }

    [Fact]
    public void Open_Link_IsNotFollowed()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var target = new RecordingFolder();
        target.Record("one", RecordingFolder.Event(1, "session.started"));
        using var folder = new RecordingFolder();
        File.CreateSymbolicLink(folder.Database, target.Database);
        Assert.Throws<RecordingException>(folder.Reader);
        Assert.Throws<RecordingException>(() => Database.OpenToWrite(folder.Database));
    }
}
