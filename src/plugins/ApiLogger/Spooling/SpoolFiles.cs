using System.Globalization;

namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>The files of a spool folder, for the user alone: <c>lock</c>, <c>cursor</c>, <c>0000000001.seg</c> …</summary>
internal static class SpoolFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string SegmentEnding = ".seg";

    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    public static string Segment(string folder, long number) =>
        Path.Combine(folder, number.ToString("D10", CultureInfo.InvariantCulture) + SegmentEnding);

    /// <summary>The numbers of the segments that are there, rising.</summary>
    public static List<long> Segments(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*" + SegmentEnding)
                .Select(static file =>
                    long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                        ? number
                        : 0
                )
                .Where(static number => number > 0)
                .Order(),
        ];

    public static FileStream Create(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    /// <summary>Takes the lock of a folder; it ends with the process.</summary>
    /// <returns>Null if another process has it, or there is no such folder any more.</returns>
    public static FileStream? TryLock(string folder)
    {
        try
        {
            return Create(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static SpoolPosition ReadCursor(string folder)
    {
        try
        {
            return SpoolPosition.Parse(File.ReadAllText(Path.Combine(folder, "cursor")));
        }
        catch (IOException)
        {
            return default;
        }
    }

    /// <summary>Replaces the cursor in one step, without flushing: an older one only has something sent twice.</summary>
    public static void WriteCursor(string folder, SpoolPosition position)
    {
        var path = Path.Combine(folder, "cursor");
        using (var file = Create(path + ".new", FileMode.Create, FileShare.Read))
            file.Write(System.Text.Encoding.ASCII.GetBytes(position.ToString()));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The bytes of the segments below a folder.</summary>
    public static long Size(string folder)
    {
        try
        {
            return new DirectoryInfo(folder)
                .EnumerateFiles("*" + SegmentEnding, SearchOption.AllDirectories)
                .Sum(static file => file.Length);
        }
        catch (IOException)
        {
            // A folder that another process is just removing: it is looked at again soon.
            return 0;
        }
    }
}
