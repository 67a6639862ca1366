using System.Buffers;

namespace Kilometers.Audit.Storage;

/// <summary>The lines of one append, chained to each other and to the log's last one; every record whose number ends in 00 is a checkpoint.</summary>
internal sealed class LogBatch
{
    private const int CheckpointEvery = 100;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly CheckpointKey _key;
    private readonly string _time;

    /// <param name="seq">The last record's number; 0 if there is none.</param>
    /// <param name="hash">The last line's hash.</param>
    /// <param name="time">The time of all that is added.</param>
    /// <param name="key">Signs the checkpoints.</param>
    public LogBatch(long seq, string hash, string time, CheckpointKey key)
    {
        Seq = seq;
        Hash = hash;
        _time = time;
        _key = key;
    }

    public long Seq { get; private set; }

    public string Hash { get; private set; }

    public ReadOnlySpan<byte> Lines => _lines.WrittenSpan;

    public void Add(AuditRecord record)
    {
        Write(record, signature: null);
        if ((Seq + 1) % CheckpointEvery == 0)
            AddCheckpoint();
    }

    public void AddCheckpoint() =>
        Write(
            new AuditRecord { Event = LogFormat.CheckpointEvent, Decision = AuditDecision.Info },
            _key.Sign(LogRecord.CheckpointText(Seq + 1, Hash))
        );

    private void Write(AuditRecord record, byte[]? signature)
    {
        var line = LogFormat.Write(
            new LogRecord
            {
                Seq = ++Seq,
                Prev = Hash,
                Time = _time,
                Event = RecordText.Clean(record.Event),
                Plugin = RecordText.Clean(record.Plugin),
                Version = RecordText.Clean(record.Version),
                Digest = RecordText.Clean(record.Digest),
                Decision = LogFormat.Decision(record.Decision),
                Code = RecordText.Clean(record.Code),
                Detail = RecordText.Clean(record.Detail, RecordText.MaxDetail),
                Data = record.Data is { Count: > 0 } data ? RecordText.CleanAll(data) : null,
                Session = RecordText.Clean(record.Session),
                User = SystemUser.Current,
                Pid = Environment.ProcessId,
                Signature = signature,
            }
        );
        _lines.Write(line);
        _lines.Write("\n"u8);
        Hash = LogFormat.Hash(line);
    }
}
