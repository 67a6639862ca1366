using System.Globalization;

namespace Kilometers.Sqlite;

/// <summary>What happens to a damaged file: it is set aside, and another one begins.</summary>
/// <param name="folder">The folder of the file.</param>
/// <param name="name">The file's name, without its ending <c>.db</c>.</param>
public sealed class DamagedFiles(string folder, string name)
{
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(20);

    /// <summary>The files of SQLite that belong together.</summary>
    private static readonly string[] Endings = ["", "-wal", "-shm"];

    private string File => Path.Combine(folder, name + ".db");

    private string Suspect => Path.Combine(folder, name + ".suspect");

    private string Aside => name + ".damaged-";

    /// <summary>What damaged files take of the disk; those from before a time are deleted.</summary>
    public long Size(DateTimeOffset before)
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
    public void SuspectDamage()
    {
        try
        {
            System.IO.File.WriteAllBytes(Suspect, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the damage shows itself again.
        }
    }

    /// <summary>
    /// Opens the file to write it. Sets a damaged one aside first. Waits up to 10 s: SQLite answers "busy" at once, whatever its limit is, while
    /// another writer changes how the file is written.
    /// </summary>
    /// <param name="open">Opens it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="moved">Hears where a damaged file is now.</param>
    public T Open<T>(Func<string, T> open, TimeProvider time, Action<string> moved)
        where T : SqliteDatabase
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(moved);
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return OpenOnce(open, time, moved);
            }
            catch (SqliteFileException e) when (e.Fault == SqliteFault.Busy && time.GetElapsedTime(start) < BusyLimit)
            {
                Thread.Sleep(BusyPause);
            }
        }
    }

    private T OpenOnce<T>(Func<string, T> open, TimeProvider time, Action<string> moved)
        where T : SqliteDatabase
    {
        try
        {
            if (!System.IO.File.Exists(Suspect))
                return open(File);
        }
        catch (SqliteFileException e) when (e.Fault == SqliteFault.Damaged)
        {
            // Below it is looked at again, with no other process doing the same.
        }

        using (TakeLock())
        {
            if (!IsSound(open))
                SetAside(time, moved);
            System.IO.File.Delete(Suspect);
            return open(File);
        }
    }

    private bool IsSound<T>(Func<string, T> open)
        where T : SqliteDatabase
    {
        try
        {
            using var database = open(File);
            using var check = database.Prepare("PRAGMA quick_check(1)");
            return check.Step() && check.Text(0) == "ok";
        }
        catch (SqliteFileException e) when (e.Fault == SqliteFault.Damaged)
        {
            return false;
        }
    }

    /// <summary>Only the newest damaged file is kept.</summary>
    private void SetAside(TimeProvider time, Action<string> moved)
    {
        foreach (var old in Directory.EnumerateFiles(folder, Aside + "*"))
            System.IO.File.Delete(old);
        var aside = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Aside}{time.GetUtcNow():yyyyMMdd-HHmmss}.db"));
        foreach (var ending in Endings)
            if (System.IO.File.Exists(File + ending))
                System.IO.File.Move(File + ending, aside + ending, overwrite: true);
        moved(aside);
    }

    private FileStream TakeLock()
    {
        const int Tries = 200;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(folder, name + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < Tries)
            {
                Thread.Sleep(50);
            }
        }
    }
}
