using Kilometers.Sqlite;

namespace Kilometers.Analytics.Storage;

/// <summary>Where the file of figures is, and what happens to a damaged one.</summary>
public static class AnalyticsFile
{
    /// <summary>The file's name in the plugin's folder.</summary>
    public const string Name = "analytics.db";

    internal static DamagedFiles DamagedIn(string folder) => new(folder, Path.GetFileNameWithoutExtension(Name));

    /// <summary>Opens the file to write it. Sets a damaged one aside first, and reports it in one line.</summary>
    /// <exception cref="AnalyticsException">It cannot be used.</exception>
    internal static AnalyticsDatabase OpenToWrite(string folder, TimeProvider time, Action<string> report) =>
        DamagedIn(folder)
            .Open(AnalyticsDatabase.OpenToWrite, time, aside =>
                report($"The file of figures was damaged. It is now {aside}; a new file begins.")
            );
}
