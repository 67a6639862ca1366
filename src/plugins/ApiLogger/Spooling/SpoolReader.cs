namespace Kilometers.Plugins.ApiLogger.Spooling;

/// <summary>Reads records of a folder in order. Keeps nothing: what the cursor has not passed is read again.</summary>
internal static class SpoolReader
{
    /// <summary>Reads what follows a position, up to a segment's end: at least one record, where there is one.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where the segment's last whole write ended.</param>
    /// <param name="count">The most records.</param>
    /// <param name="bytes">The most bytes of content; one record may be larger.</param>
    /// <returns>The records, and where to go on if there are none.</returns>
    public static (SpoolBatch Batch, SpoolPosition After, int Damaged) Read(
        string folder,
        SpoolPosition start,
        long end,
        int count,
        int bytes
    )
    {
        // A segment that somebody deleted is one damaged place.
        if (!File.Exists(SpoolFiles.Segment(folder, start.Segment)))
            return (new([], [], []), start with { Offset = end }, 1);
        using var file = File.OpenHandle(SpoolFiles.Segment(folder, start.Segment), share: FileShare.ReadWrite | FileShare.Delete);
        var rest = Math.Max(0, Math.Min(end, RandomAccess.GetLength(file)) - start.Offset);
        var window = (int)Math.Min(rest, bytes + (64 * 1024));
        var found = Parse(ReadBytes(file, start.Offset, window), start, window == rest, count, bytes);
        // The first record is larger than the window.
        return found.Batch.Records.Count == 0 && window < rest
            ? Parse(ReadBytes(file, start.Offset, (int)rest), start, true, count, bytes)
            : found;
    }

    private static (SpoolBatch Batch, SpoolPosition After, int Damaged) Parse(
        byte[] data,
        SpoolPosition start,
        bool toEnd,
        int count,
        int bytes
    )
    {
        var records = new List<ReadOnlyMemory<byte>>();
        var ends = new List<SpoolPosition>();
        var damages = new List<int>();
        var position = 0;
        var damaged = 0;
        var size = 0L;
        while (records.Count < count && position < data.Length)
        {
            var scan = RecordFormat.Next(data.AsSpan(position), toEnd);
            if (scan.IsWhole && records.Count > 0 && size + scan.Length > bytes)
                break;
            damaged += scan.Damaged;
            if (scan.IsWhole)
            {
                records.Add(data.AsMemory(position + scan.Start, scan.Length));
                ends.Add(start with { Offset = start.Offset + position + scan.End });
                damages.Add(damaged);
                size += scan.Length;
            }
            position += scan.End;
            if (!scan.IsWhole)
                break;
        }
        return (new(records, ends, damages), start with { Offset = start.Offset + position }, damaged);
    }

    private static byte[] ReadBytes(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset, int length)
    {
        var bytes = new byte[length];
        var read = 0;
        for (int some; read < length && (some = RandomAccess.Read(file, bytes.AsSpan(read), offset + read)) > 0; )
            read += some;
        return read == length ? bytes : bytes[..read];
    }
}
