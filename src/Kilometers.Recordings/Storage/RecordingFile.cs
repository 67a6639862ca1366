using System.Globalization;

namespace Kilometers.Recordings.Storage;

/// <summary>Where the file of recordings is, and what happens to a damaged one.</summary>
public static class RecordingFile
{
    /// <summary>The file's name in the recorder's folder.</summary>
    public const string Name = "recordings.db";

    private const string Aside = "recordings.damaged-";
    private const string Suspect = "recordings.suspect";
    private const string LockName = "recordings.lock";

    /// <summary>The files of SQLite that belong together.</summary>
    private static readonly string[] Endings = ["", "-wal", "-shm"];

    /// <summary>What damaged files take of the disk; those from before a time are deleted.</summary>
    internal static long SizeOfDamaged(string folder, DateTimeOffset before)
    {
        var size = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles(Aside + "*"))
        {
            if (file.LastWriteTimeUtc < before.UtcDateTime)
                file.Delete();
            else
                size += file.Length;
        }

        return size;
    }

    /// <summary>The next process that opens the file to write it checks it first.</summary>
    internal static void SuspectDamage(string folder)
    {
        try
        {
            File.WriteAllBytes(Path.Combine(folder, Suspect), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the damage shows itself again.
        }
    }

    /// <summary>Opens the file to write it. Sets a damaged one aside first, and reports it in one line.</summary>
    /// <exception cref="RecordingException">It cannot be used.</exception>
    internal static Database OpenToWrite(string folder, TimeProvider time, Action<string> report)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            if (!File.Exists(Path.Combine(folder, Suspect)))
                return Database.OpenToWrite(path);
        }
        catch (RecordingException e) when (e.Fault == RecordingFault.Damaged)
        {
            // Below it is looked at again, with no other process doing the same.
        }

        using (TakeLock(folder))
        {
            if (!IsSound(path))
                SetAside(folder, time, report);
            File.Delete(Path.Combine(folder, Suspect));
            return Database.OpenToWrite(path);
        }
    }

    private static bool IsSound(string path)
    {
        try
        {
            using var database = Database.OpenToWrite(path);
            using var check = database.Prepare("PRAGMA quick_check(1)");
            return check.Step() && check.Text(0) == "ok";
        }
        catch (RecordingException e) when (e.Fault == RecordingFault.Damaged)
        {
            return false;
        }
    }

    /// <summary>Only the newest damaged file is kept.</summary>
    private static void SetAside(string folder, TimeProvider time, Action<string> report)
    {
        foreach (var old in Directory.EnumerateFiles(folder, Aside + "*"))
            File.Delete(old);
        var aside = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Aside}{time.GetUtcNow():yyyyMMdd-HHmmss}.db"));
        foreach (var ending in Endings)
            if (File.Exists(Path.Combine(folder, Name) + ending))
                File.Move(Path.Combine(folder, Name) + ending, aside + ending, overwrite: true);
        report($"The file of recordings was damaged. It is now {aside}; recording continues in a new file.");
    }

    private static FileStream TakeLock(string folder)
    {
        const int Tries = 200;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Tries)
            {
                Thread.Sleep(50);
            }
        }
    }
}
