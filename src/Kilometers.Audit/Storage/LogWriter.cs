using Kilometers.Files;
using Microsoft.Win32.SafeHandles;

namespace Kilometers.Audit.Storage;

/// <summary>One append: finds the end, repairs what a crash left there, writes all lines at once and then the head. Needs the writer's lock.</summary>
internal sealed class LogWriter
{
    private readonly AuditPaths _paths;
    private readonly string _time;
    private readonly bool _durable;
    private readonly long _maxFile;

    public LogWriter(AuditPaths paths, string time, bool durable, long maxFile)
    {
        _paths = paths;
        _time = time;
        _durable = durable;
        _maxFile = maxFile;
    }

    /// <param name="record">The record; null for a checkpoint.</param>
    /// <exception cref="IOException">It cannot be written, and nothing was.</exception>
    public void Append(AuditRecord? record)
    {
        Rotate();
        using var log = PrivateFile.OpenNoFollow(_paths.Log, FileAccess.ReadWrite, create: true);
        if (PrivateFile.WhyUnsafe(_paths.Log) is { } why)
            throw new IOException($"{_paths.Log}: {why}");
        var files = LogFiles.Around(_paths, log);
        var isNew = files is { Length: 0, Older.Count: 0 } && !Path.Exists(_paths.Head);
        using var key = CheckpointKey.ForSigning(_paths, mayMake: isNew);

        // Before the first record, so that a log without a head is never just a crash.
        if (isNew)
        {
            WriteHead(LogHead.Empty(key, _time));
            PrivateFile.FlushDirectory(Path.GetDirectoryName(_paths.Folder)!);
        }

        var hasHeadFile = Path.Exists(_paths.Head);
        var head = hasHeadFile ? LogHead.Read(PrivateFile.ReadAll(_paths.Head, LogHead.MaxFile)) : null;
        if (head?.IsSignedBy(key) == false)
            head = null;
        var state = LogState.Read(files, head, hasHeadFile);
        if (isNew || state.Seq != head?.Seq)
            DeleteUnfinished();

        var batch = new LogBatch(state.Seq, state.Hash, _time, key);
        if (state.TornLength > 0)
            batch.Add(Repaired(log, state));
        if (state.Damage is { } damage)
            batch.Add(Own(LogFormat.DamagedEvent, $"before this record, {damage}", Contracts.ErrorCode.AuditDamaged));
        if (state.Loss is { } loss)
            batch.Add(Own(LogFormat.LostEvent, loss, null));
        if (files is { End: 0, Older: [.., var before] })
            batch.Add(Own(LogFormat.RotatedEvent, $"the records before this one are in {Path.GetFileName(before)}", null));
        if (record is not null)
            batch.Add(record);
        else
            batch.AddCheckpoint();
        try
        {
            // Over the torn end: there is no moment at which neither it nor its record is there.
            RandomAccess.Write(log, batch.Lines, state.End);
            if (state.TornLength > batch.Lines.Length)
                RandomAccess.SetLength(log, state.End + batch.Lines.Length);
            if (_durable)
                RandomAccess.FlushToDisk(log);
            WriteHead(Head(batch, state, head, key));
        }
        catch
        {
            TakeBack(log, state.End);
            throw;
        }
    }

    /// <summary>
    /// A full file gets a name of its own, and the next record begins another: chained to the last one of this. Only a file that ends with a
    /// whole line, so that a torn end is repaired where it is.
    /// </summary>
    private void Rotate()
    {
        if (new FileInfo(_paths.Log) is not { Exists: true } info || info.Length < _maxFile)
            return;
        using (var full = LogFiles.Open(_paths))
        {
            if (full.Current is null || full.First == 0 || full.End != full.Length || Path.Exists(_paths.OlderFrom(full.First)))
                return;
            File.Move(_paths.Log, _paths.OlderFrom(full.First), overwrite: false);
        }

        PrivateFile.FlushDirectory(_paths.Folder);
    }

    private static AuditRecord Repaired(SafeFileHandle log, LogState state) =>
        new()
        {
            Event = LogFormat.RepairedEvent,
            Decision = AuditDecision.Info,
            Digest = LogLines.HashOf(log, state.End, state.End + state.TornLength),
            Detail = $"{LogFormat.Number(state.TornLength)} bytes of a line without an end were cut off",
        };

    private static AuditRecord Own(string name, string detail, string? code) =>
        new()
        {
            Event = name,
            Decision = AuditDecision.Info,
            Code = code,
            Detail = detail,
        };

    /// <summary>What was flushed before stays so, unless it is no longer there.</summary>
    private LogHead Head(LogBatch batch, LogState state, LogHead? before, CheckpointKey key)
    {
        var (flushed, hash) =
            _durable ? (batch.Seq, batch.Hash)
            : state.Damage is null && before is not null ? (before.FlushedSeq, before.FlushedHash)
            : (0, LogFormat.NoHash);
        return new LogHead
        {
            Seq = batch.Seq,
            Hash = batch.Hash,
            FlushedSeq = flushed,
            FlushedHash = hash,
            Boot = MachineStart.Id,
            Time = _time,
            Key = key.Id,
        }.SignedBy(key);
    }

    private void WriteHead(LogHead head) => PrivateFile.Replace(_paths.Head, head.ToBytes(), _durable);

    /// <summary>Either line and head are written, or neither. If this fails too, the line is one that its head does not name yet.</summary>
    private static void TakeBack(SafeFileHandle log, long end)
    {
        try
        {
            RandomAccess.SetLength(log, end);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell.
        }
    }

    /// <summary>What a killed writer left beside the files that it was about to replace.</summary>
    private void DeleteUnfinished()
    {
        foreach (var file in Directory.EnumerateFiles(_paths.Folder, "*.new-*"))
            File.Delete(file);
    }
}
