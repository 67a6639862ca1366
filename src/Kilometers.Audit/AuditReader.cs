using System.Runtime.CompilerServices;
using Kilometers.Audit.Storage;
using Kilometers.Contracts;

namespace Kilometers.Audit;

/// <summary>Reads the log as it stands. Nothing is verified: that is <see cref="AuditVerifier"/>'s work.</summary>
public static class AuditReader
{
    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads the entries that pass a filter, the newest last. Holds one line at a time, or <see cref="AuditFilter.Tail"/> entries.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="filter">Which entries; null: all.</param>
    /// <returns>The entries; none if there is no log. A last line without an end is left out.</returns>
    /// <exception cref="KmException"><c>AUD_LOG_003</c>: it cannot be read, or is a link. Thrown while the entries are taken.</exception>
    public static IEnumerable<AuditEntry> Read(string directory, AuditFilter? filter = null)
    {
        var paths = new AuditPaths(directory);
        return Guarded(
            paths,
            (filter ?? new AuditFilter()) is { Tail: { } tail } some ? Last(paths, some, tail) : All(paths, filter ?? new AuditFilter())
        );
    }

    /// <summary>Reads the entries after one that was read before, from the log's end: usually there are few.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="seq">The number of the last one that was read; 0: none. Where the log was begun again since, and ends before it, all are new.</param>
    /// <returns>The entries, the newest last.</returns>
    /// <exception cref="KmException"><c>AUD_LOG_003</c>: it cannot be read, or is a link. Thrown while the entries are taken.</exception>
    public static IEnumerable<AuditEntry> ReadAfter(string directory, long seq)
    {
        var paths = new AuditPaths(directory);
        return Guarded(paths, After(paths, seq));
    }

    /// <summary>Reads what <see cref="Read"/> gives, and then each record as it is written, also when the log goes on in another file.</summary>
    /// <param name="directory">The log's directory; it need not be there yet.</param>
    /// <param name="filter">Which entries.</param>
    /// <param name="time">The clock for the pauses between two looks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KmException"><c>AUD_LOG_003</c>: it cannot be read, or is a link.</exception>
    public static async IAsyncEnumerable<AuditEntry> FollowAsync(
        string directory,
        AuditFilter filter,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        var paths = new AuditPaths(directory);
        var last = Read(directory, new AuditFilter { Tail = 1 }).LastOrDefault()?.Seq ?? 0;
        foreach (var entry in Read(directory, filter).Where(entry => !entry.IsReadable || entry.Seq <= last))
            yield return entry;
        for (
            var seen = default((long, DateTime));
            ;
            await Task.Delay(FollowPause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)
        )
        {
            if (cancellationToken.IsCancellationRequested)
                yield break;
            var now = new FileInfo(paths.Head) is { Exists: true } head ? (head.Length, head.LastWriteTimeUtc) : default;
            if (now == seen)
                continue;
            seen = now;
            foreach (var entry in ReadAfter(directory, last))
            {
                if (entry.IsReadable)
                    last = entry.Seq;
                if (filter.Passes(entry))
                    yield return entry;
            }
        }
    }

    private static IEnumerable<AuditEntry> All(AuditPaths paths, AuditFilter filter)
    {
        using var log = LogFiles.Open(paths);
        foreach (var line in log.Forward())
        {
            if (!line.IsComplete)
                yield break;
            var entry = line.Bytes is { } bytes
                ? LogFormat.ReadEntry(bytes.Span, line.Hash)
                : new AuditEntry { Json = "", Hash = line.Hash };
            if (filter.Passes(entry))
                yield return entry;
        }
    }

    private static IEnumerable<AuditEntry> Last(AuditPaths paths, AuditFilter filter, int count)
    {
        using var log = LogFiles.Open(paths);
        var newestFirst = log.Backward().Select(line => LogFormat.ReadEntry(line.Span)).Where(filter.Passes).Take(count).ToList();
        for (var i = newestFirst.Count - 1; i >= 0; i--)
            yield return newestFirst[i];
    }

    private static IEnumerable<AuditEntry> After(AuditPaths paths, long seq)
    {
        using var log = LogFiles.Open(paths);
        var newestFirst = log.Backward().Select(line => LogFormat.ReadEntry(line.Span));
        var isOther = newestFirst.FirstOrDefault(entry => entry.IsReadable) is { } newest && newest.Seq < seq;
        var fresh = newestFirst.TakeWhile(entry => isOther || !entry.IsReadable || entry.Seq > seq).ToList();
        for (var i = fresh.Count - 1; i >= 0; i--)
            yield return fresh[i];
    }

    /// <summary>The same entries, with the errors of the file system in our form.</summary>
    private static IEnumerable<AuditEntry> Guarded(AuditPaths paths, IEnumerable<AuditEntry> entries)
    {
        using var each = entries.GetEnumerator();
        while (true)
        {
            try
            {
                if (!each.MoveNext())
                    yield break;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw AuditErrors.NotRead(paths.Folder, e.Message);
            }

            yield return each.Current;
        }
    }
}
