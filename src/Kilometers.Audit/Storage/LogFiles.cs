using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Audit.Storage;

/// <summary>All files of a log as one: the full ones and the one that is written to. What is opened stays whole when that becomes a full one.</summary>
internal sealed class LogFiles : IDisposable
{
    private LogFiles(AuditPaths paths, SafeFileHandle? current)
    {
        // In this order: what is renamed after the opening is not taken twice, and nothing is left out.
        Current = current;
        Length = current is null ? 0 : RandomAccess.GetLength(current);
        End = current is null ? 0 : LogLines.EndOfLast(current, Length);
        First = current is null ? 0 : FirstNumber(current, End);
        Older = [.. paths.Older.Where(file => First == 0 || AuditPaths.FirstOf(file) < First)];
    }

    /// <summary>The file that is written to; null if there is none now.</summary>
    public SafeFileHandle? Current { get; }

    public long Length { get; }

    /// <summary>Where its last whole line ends.</summary>
    public long End { get; }

    /// <summary>The number of its first record; 0 if it has none, or the first line is not a record.</summary>
    public long First { get; }

    /// <summary>The full ones, the first one first.</summary>
    public IReadOnlyList<string> Older { get; }

    /// <summary>Whether there is no file at all.</summary>
    public bool IsMissing => Current is null && Older.Count == 0;

    /// <exception cref="IOException">A file is a link, or cannot be opened.</exception>
    public static LogFiles Open(AuditPaths paths)
    {
        SafeFileHandle? current = null;
        try
        {
            if (Path.Exists(paths.Log))
                current = PrivateFile.OpenNoFollow(paths.Log, FileAccess.Read, create: false);
        }
        catch (FileNotFoundException)
        {
            // It became a full one at this moment.
        }

        return new LogFiles(paths, current);
    }

    /// <param name="paths">Where.</param>
    /// <param name="log">The file that is written to; stays the caller's.</param>
    public static LogFiles Around(AuditPaths paths, SafeFileHandle log) => new(paths, log);

    /// <summary>All lines, the first one first, numbered over all files.</summary>
    public IEnumerable<LogLine> Forward()
    {
        long number = 0;
        foreach (var file in Older)
        {
            using var older = PrivateFile.OpenNoFollow(file, FileAccess.Read, create: false);

            // A full file was closed with a whole line: a piece of one is not what a crash leaves there.
            foreach (var line in LogLines.Forward(older, RandomAccess.GetLength(older)))
                yield return line with
                {
                    Number = ++number,
                    Bytes = line.IsComplete ? line.Bytes : null,
                    IsComplete = true,
                };
        }

        if (Current is null)
            yield break;
        foreach (var line in LogLines.Forward(Current, Length))
            yield return line with
            {
                Number = ++number,
            };
    }

    /// <summary>All whole lines, the last one first.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Backward()
    {
        if (Current is not null)
            foreach (var line in LogLines.Backward(Current, End))
                yield return line;
        foreach (var file in Older.Reverse())
        {
            using var older = PrivateFile.OpenNoFollow(file, FileAccess.Read, create: false);
            foreach (var line in LogLines.Backward(older, LogLines.EndOfLast(older, RandomAccess.GetLength(older))))
                yield return line;
        }
    }

    public void Dispose() => Current?.Dispose();

    private static long FirstNumber(SafeFileHandle log, long end)
    {
        foreach (var line in LogLines.Forward(log, end))
            return line.Bytes is { } bytes ? LogFormat.Read(bytes.Span)?.Seq ?? 0 : 0;
        return 0;
    }
}
