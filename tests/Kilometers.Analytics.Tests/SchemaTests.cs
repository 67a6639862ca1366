using Kilometers.Analytics.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Analytics.Tests;

public sealed class SchemaTests
{
    [Fact]
    public void Migrate_EmptyFile_HasTheDocumentedTables()
    {
        using var folder = new FigureFolder();
        using var database = AnalyticsDatabase.OpenToWrite(folder.File);
        using var columns = database.Prepare(
            "SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c"
                + " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid"
        );
        var real = new List<string>();
        while (columns.Step())
            real.Add($"{columns.Text(0)}.{columns.Text(1)} {columns.Text(2)}");
        Assert.Equal(Documented().Order(StringComparer.Ordinal), real.Order(StringComparer.Ordinal));
        Assert.Contains($"now {Schema.Version}.", File.ReadAllText(Page), StringComparison.Ordinal);
        Assert.Equal(Schema.Version, database.Value("PRAGMA user_version"));
    }

    [Fact]
    public void Counts_AreAsManyAsTheWriterBinds() =>
        Assert.Equal((Schema.CountOfCounts, 6 + CallFigures.Kinds), (Schema.Counts.Split(", ").Length, Schema.CountOfCounts));

    [Fact]
    public void Open_NoFile_SaysSo()
    {
        using var folder = new FigureFolder();
        Assert.Equal(SqliteFault.Missing, Assert.Throws<AnalyticsException>(folder.Reader).Fault);
        Assert.Empty(Directory.EnumerateFiles(folder.Folder));
    }

    [Fact]
    public void Open_FileOfANewerVersion_IsRefused()
    {
        using var folder = new FigureFolder();
        using (var database = AnalyticsDatabase.OpenToWrite(folder.File))
            database.Run($"PRAGMA user_version={Schema.Version + 1}");
        Assert.Equal(SqliteFault.Newer, Assert.Throws<AnalyticsException>(folder.Reader).Fault);
        Assert.Equal(SqliteFault.Newer, Assert.Throws<AnalyticsException>(() => AnalyticsDatabase.OpenToWrite(folder.File)).Fault);
    }

    [Fact]
    public void Open_FileOfTheFirstVersion_IsReadAndThenBroughtToThisOne()
    {
        using var folder = new FigureFolder();
        folder.Write("one", 3);
        using (var database = AnalyticsDatabase.OpenToWrite(folder.File))
            database.Run("DROP TABLE anomalies; DROP TABLE learned; PRAGMA user_version=1");
        Assert.Equal((3, 0), (folder.Report().Total.Calls, folder.Report().Anomalies.Count));
        using (var writer = folder.Writer())
        {
            FigureFolder.Count(writer.Begin(FigureFolder.Facts("two")), 1, 1);
            writer.Add(FigureFolder.Anomaly("two"));
        }

        Assert.Equal((4, 1), (folder.Report().Total.Calls, folder.Report().Anomalies.Count));
    }

    [Fact]
    public void Open_DatabaseOfAnotherProgram_IsRefused()
    {
        using var folder = new FigureFolder();
        using (var database = AnalyticsDatabase.OpenToWrite(folder.File))
            database.Run("PRAGMA application_id=7");
        Assert.Equal(SqliteFault.Damaged, Assert.Throws<AnalyticsException>(folder.Reader).Fault);
    }

    private static string Page => Path.Combine(Root(), "docs", "see", "analytics-schema.md");

    /// <summary>The columns of the page: a heading for each table, a row for each column.</summary>
    private static IEnumerable<string> Documented()
    {
        var table = "";
        foreach (var line in File.ReadLines(Page))
        {
            if (line.StartsWith("## `", StringComparison.Ordinal))
                table = line[4..^1];
            else if (line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|') is [_, var column, var type, ..])
                yield return $"{table}.{column.Trim(' ', '`')} {type.Trim()}";
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Km.slnx")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("Km.slnx is in no parent folder");
        return folder.FullName;
    }
}
