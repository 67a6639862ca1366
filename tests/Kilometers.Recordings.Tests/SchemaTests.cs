using Kilometers.Recordings.Storage;

namespace Kilometers.Recordings.Tests;

public sealed class SchemaTests
{
    [Fact]
    public void Migrate_EmptyFile_HasTheDocumentedTables()
    {
        using var folder = new RecordingFolder();
        using var database = Database.OpenToWrite(folder.Database);
        using var tables = database.Prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_%' ESCAPE '\\' ORDER BY name"
        );
        var names = new List<string>();
        while (tables.Step())
            names.Add(tables.Text(0)!);
        Assert.Equal(["blocks", "calls", "definitions", "events", "messages", "search", "sessions"], names);
        Assert.Equal(Schema.Version, database.Value("PRAGMA user_version"));
        Assert.Equal(2, database.Value("PRAGMA auto_vacuum"));
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
        Assert.Equal(RecordingFault.Newer, Assert.Throws<RecordingException>(folder.Reader).Fault);
        Assert.Equal(RecordingFault.Newer, Assert.Throws<RecordingException>(() => Database.OpenToWrite(folder.Database)).Fault);
    }

    [Fact]
    public void OpenToRead_NoFile_SaysSo()
    {
        using var folder = new RecordingFolder();
        Assert.Equal(RecordingFault.Missing, Assert.Throws<RecordingException>(folder.Reader).Fault);
        Assert.Empty(Directory.EnumerateFiles(folder.Folder));
    }

    [Fact]
    public void Open_DatabaseOfAnotherProgram_IsRefusedAndUnchanged()
    {
        using var folder = new RecordingFolder();
        using (var other = Database.OpenToWrite(folder.Database))
            other.Run("PRAGMA application_id=7");
        Assert.Equal(RecordingFault.Damaged, Assert.Throws<RecordingException>(folder.Reader).Fault);
        Assert.Equal(RecordingFault.Damaged, Assert.Throws<RecordingException>(() => Database.OpenToWrite(folder.Database)).Fault);
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
