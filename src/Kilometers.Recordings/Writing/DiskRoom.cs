using Kilometers.Recordings.Storage;
using Kilometers.Sqlite;

namespace Kilometers.Recordings.Writing;

/// <summary>Recording never takes the last of a disk.</summary>
internal static class DiskRoom
{
    /// <exception cref="RecordingException">There is too little.</exception>
    public static void Ensure(string folder, long minFree)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < minFree)
            throw new RecordingException(SqliteFault.Full, $"Only {free / 1_000_000} MB are free on the disk of {folder}");
    }
}
