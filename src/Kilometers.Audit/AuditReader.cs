using Kilometers.Audit.Storage;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Audit;

/// <summary>Reads the log as it stands. Nothing is verified: that is <see cref="AuditVerifier"/>'s work.</summary>
public static class AuditReader
{
    /// <summary>Reads the entries that pass a filter, the newest last. Holds one line at a time, or <see cref="AuditFilter.Tail"/> entries.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="filter">Which entries; null: all.</param>
    /// <returns>The entries; none if there is no log. A last line without an end is left out.</returns>
    /// <exception cref="KmException"><c>AUD_LOG_003</c>: it cannot be read, or is a link. Thrown while the entries are taken.</exception>
    public static IEnumerable<AuditEntry> Read(string directory, AuditFilter? filter = null)
    {
        var paths = new AuditPaths(directory);
        return Guarded(paths, (filter ?? new AuditFilter()) is { Tail: { } tail } some ? Last(paths, some, tail) : All(paths, filter ?? new AuditFilter()));
    }

    private static IEnumerable<AuditEntry> All(AuditPaths paths, AuditFilter filter)
    {
        if (!Path.Exists(paths.Log)) yield break;
        using var log = PrivateFile.OpenNoFollow(paths.Log, FileAccess.Read, create: false);
        foreach (var line in LogLines.Forward(log, RandomAccess.GetLength(log)))
        {
            if (!line.IsComplete) yield break;
            var entry = line.Bytes is { } bytes ? LogFormat.ReadEntry(bytes.Span) : new AuditEntry { Json = "" };
            if (filter.Passes(entry)) yield return entry;
        }
    }

    private static IEnumerable<AuditEntry> Last(AuditPaths paths, AuditFilter filter, int count)
    {
        if (!Path.Exists(paths.Log)) yield break;
        using var log = PrivateFile.OpenNoFollow(paths.Log, FileAccess.Read, create: false);
        var end = LogLines.EndOfLast(log, RandomAccess.GetLength(log));
        var newestFirst = LogLines.Backward(log, end).Select(line => LogFormat.ReadEntry(line.Span)).Where(filter.Passes).Take(count).ToList();
        for (var i = newestFirst.Count - 1; i >= 0; i--) yield return newestFirst[i];
    }

    /// <summary>The same entries, with the errors of the file system in our form.</summary>
    private static IEnumerable<AuditEntry> Guarded(AuditPaths paths, IEnumerable<AuditEntry> entries)
    {
        using var each = entries.GetEnumerator();
        while (true)
        {
            try
            {
                if (!each.MoveNext()) yield break;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw AuditErrors.NotRead(paths.Folder, e.Message);
            }

            yield return each.Current;
        }
    }
}
