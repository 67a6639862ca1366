using Kilometers.Sqlite;

namespace Kilometers.Recordings.Storage;

/// <summary>Where the file of recordings is, and what happens to a damaged one.</summary>
public static class RecordingFile
{
    /// <summary>The file's name in the recorder's folder.</summary>
    public const string Name = "recordings.db";

    /// <summary>What damaged files take of the disk; those from before a time are deleted.</summary>
    internal static long SizeOfDamaged(string folder, DateTimeOffset before) => DamagedIn(folder).Size(before);

    /// <summary>The next process that opens the file to write it checks it first.</summary>
    internal static void SuspectDamage(string folder) => DamagedIn(folder).SuspectDamage();

    /// <summary>Opens the file to write it. Sets a damaged one aside first, and reports it in one line.</summary>
    /// <exception cref="RecordingException">It cannot be used.</exception>
    internal static Database OpenToWrite(string folder, TimeProvider time, Action<string> report) =>
        DamagedIn(folder)
            .Open(Database.OpenToWrite, time, aside =>
                report($"The file of recordings was damaged. It is now {aside}; recording continues in a new file.")
            );

    private static DamagedFiles DamagedIn(string folder) => new(folder, Path.GetFileNameWithoutExtension(Name));
}
