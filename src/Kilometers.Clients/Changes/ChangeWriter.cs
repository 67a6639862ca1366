using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Clients.Changes;

/// <summary>Makes a change that was shown, and no other: beside clients that write the same file.</summary>
internal sealed class ChangeWriter(WrapStore store, TimeProvider time)
{
    private const int MaxAttempts = 20;

    /// <summary>A client takes a lock that is held for longer for left over.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(6);

    /// <summary>Writes it. Where another program changed the file meanwhile, the same entries are changed in what it wrote.</summary>
    /// <param name="change">What was shown.</param>
    /// <returns>The backup of the file as it was before.</returns>
    /// <exception cref="KmException">It was not written; the file is as other programs left it.</exception>
    public string Write(FileChange change)
    {
        var config = change.Config;
        try
        {
            using var held = ClientLock.Take(config.Source!.Path, config.Locations[0].Lock, time);
            var start = time.GetTimestamp();
            for (var attempt = 0; attempt < MaxAttempts && time.GetElapsedTime(start) < Limit; attempt++)
            {
                var current = attempt == 0 ? change : Again(change);
                if (Write(current, current.Config.Source!) is { } backup)
                    return backup;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ClientErrors.NotWritten(config.File, e.Message);
        }

        throw ClientErrors.KeepsChanging(config.File);
    }

    /// <summary>The records first: without them a change could not be taken back, and one that is not needed does no harm.</summary>
    private string? Write(FileChange change, SharedFile source)
    {
        var backup = store.Backup(source.Path, source.Content, change.IsWrap);
        if (change.IsWrap)
            foreach (var entry in change.Entries)
                store.Save(source.Path, entry.Path, entry.Before, entry.After);
        if (!source.Replace(change.After.Bytes))
        {
            File.Delete(backup);
            return null;
        }

        if (!change.IsWrap)
            foreach (var entry in change.Entries)
                store.Forget(source.Path, entry.Path);

        // Read as its client will read it.
        var written = change.Config.Read();
        return written.Problem is { } problem ? throw new KmException(problem) : backup;
    }

    /// <summary>The change for the file as it is now, if its entries are still as they were shown.</summary>
    private static FileChange Again(FileChange change)
    {
        var config = change.Config.Read();
        if (config.Problem is { } problem)
            throw new KmException(problem);
        if (change.Entries.Count == 0)
            throw ClientErrors.KeepsChanging(config.File);
        var again = change.Again(config);
        foreach (var (shown, now) in change.Entries.Zip(again.Entries))
            if (!shown.Before.AsSpan().SequenceEqual(now.Before))
                throw ClientErrors.ChangedMeanwhile(config.File, shown.Server);
        return again;
    }
}
