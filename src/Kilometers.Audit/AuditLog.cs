using System.Security.Cryptography;
using Kilometers.Audit.Storage;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Audit;

/// <summary>
/// Appends to the audit log. Each line carries the hash of the line before, and <c>head.json</c>, signed with the user's
/// <c>checkpoint.key</c>, names the last one; what that proves, and what not, stands at <see cref="AuditVerifier"/>. Any number of threads
/// and processes may append at once.
/// <para>
/// A log that was changed behind km's back is not refused, which would let a damaged file stop all work, but neither is it covered up by a
/// new head: an <c>audit.damaged</c> record says what was found, and from then on every verification reports it.
/// </para>
/// </summary>
public sealed class AuditLog
{
    /// <summary>16 MiB: about 40,000 records.</summary>
    public const long DefaultMaxFile = 16 << 20;

    private readonly Lock _gate = new();
    private readonly AuditPaths _paths;
    private readonly TimeProvider _time;
    private readonly long _maxFile;

    /// <summary>Names the log; nothing is opened or made yet.</summary>
    /// <param name="directory">Where it is; made (0700) with the first record.</param>
    /// <param name="time">The clock, for the times of records and for the wait for others.</param>
    /// <param name="maxFile">The size in bytes from which a file is full, and the next record begins another.</param>
    public AuditLog(string directory, TimeProvider time, long maxFile = DefaultMaxFile)
    {
        _maxFile = maxFile;
        _paths = new AuditPaths(directory);
        _time = time;
    }

    /// <summary>Appends a record. Blocks while others write, at most 5 s.</summary>
    /// <param name="record">What happened.</param>
    /// <param name="durable">
    /// Whether the record is on the disk on return. If not, it survives the end of this process, however sudden, but a loss of power may take it.
    /// The log then ends before the record that its head names, which the next append records as <c>audit.lost</c>. (On a file system that
    /// does not order a renaming after the writing, the head itself may be gone, too; that is recorded as damage.)
    /// </param>
    /// <exception cref="KmException"><c>AUD_LOG_001</c>: it was not written, and no part of it.</exception>
    /// <exception cref="ArgumentException">The event is empty or one of the log's own.</exception>
    public void Append(AuditRecord record, bool durable = true)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentException.ThrowIfNullOrWhiteSpace(record.Event);
        if (record.Event.StartsWith(LogFormat.OwnEvents, StringComparison.Ordinal))
            throw new ArgumentException($"Events that begin with '{LogFormat.OwnEvents}' are the log's own.", nameof(record));
        Write(record, durable);
    }

    /// <summary>Appends a signed <c>audit.checkpoint</c> record, as every 100 records do by themselves, and flushes it to disk.</summary>
    /// <exception cref="KmException"><c>AUD_LOG_001</c>: it was not written.</exception>
    public void Checkpoint() => Write(null, durable: true);

    /// <summary>Where the log stands, after flushing it to disk where that was not done: what a witness may be shown.</summary>
    /// <returns>Null if there is no log yet, or its head is damaged.</returns>
    /// <exception cref="KmException"><c>AUD_LOG_001</c>: it cannot be flushed. <c>AUD_LOG_003</c>: it cannot be read.</exception>
    public AuditHead? Flush()
    {
        if (ReadHead() is not { Seq: > 0 } head)
            return null;
        if (head.FlushedSeq < head.Seq)
        {
            Checkpoint();
            head = ReadHead();
        }

        return head is { FlushedSeq: > 0 } ? new AuditHead(head.Key, head.FlushedSeq, head.FlushedHash) : null;
    }

    private LogHead? ReadHead()
    {
        try
        {
            return File.Exists(_paths.Head) ? LogHead.Read(PrivateFile.ReadAll(_paths.Head, LogHead.MaxFile)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AuditErrors.NotRead(_paths.Folder, e.Message);
        }
    }

    private void Write(AuditRecord? record, bool durable)
    {
        try
        {
            lock (_gate)
            {
                PrivateFile.CreateTrustedDirectory(_paths.Folder);
                using var held = WriterLock.Take(_paths, _time)
                    ?? throw new IOException($"Others hold {_paths.Lock} for more than {WriterLock.Limit.TotalSeconds:0} s.");
                new LogWriter(_paths, LogFormat.Time(_time.GetUtcNow()), durable, _maxFile).Append(record);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentOutOfRangeException)
        {
            // The last is .NET's word for a limit on the size of files (ulimit -f).
            throw AuditErrors.NotWritten(_paths.Folder, e.Message);
        }
    }
}
