namespace Kilometers.Audit.Storage;

/// <summary>Follows the chain line by line, and remembers the hashes of the few records that heads name.</summary>
internal sealed class ChainCheck
{
    private readonly FaultList _faults;
    private readonly CheckpointKey? _key;
    private readonly Dictionary<long, string?> _named;
    private string _hash = LogFormat.NoHash;
    private bool _lastWasInvalid;

    /// <param name="faults">Where faults go.</param>
    /// <param name="key">For the signatures of checkpoints; null: they are not looked at.</param>
    /// <param name="named">The numbers of the records whose hashes will be asked for.</param>
    public ChainCheck(FaultList faults, CheckpointKey? key, IEnumerable<long> named)
    {
        _faults = faults;
        _key = key;
        _named = named.Distinct().ToDictionary(seq => seq, string? (_) => null);
        if (_named.ContainsKey(0))
            _named[0] = LogFormat.NoHash;
    }

    public long Lines { get; private set; }

    /// <summary>The last record's number; an unreadable line counts as the next one.</summary>
    public long Seq { get; private set; }

    public LogRecord? First { get; private set; }

    public LogRecord? Last { get; private set; }

    /// <summary>The hash of the line of a record that was named at the beginning; null if there is none.</summary>
    public string? HashOf(long seq) => _named[seq];

    public void Add(LogLine line)
    {
        if (!line.IsComplete)
        {
            _faults.Add(
                AuditFaultKind.TornEnd,
                "The last line has no end: a crash left it, and the next record will repair it.",
                line.Number
            );
            return;
        }

        Lines++;
        var record = line.Bytes is { } bytes ? LogFormat.Read(bytes.Span) : null;
        if (record is null)
            _faults.Add(AuditFaultKind.InvalidLine, "This line is not a record.", line.Number);
        else
            Check(record, line.Number);

        Seq = record?.Seq ?? Seq + 1;
        _hash = line.Hash;
        _lastWasInvalid = record is null;
        if (_named.ContainsKey(Seq))
            _named[Seq] = line.Hash;
    }

    private void Check(LogRecord record, long number)
    {
        First ??= record;
        Last = record;
        if (record.Seq != Seq + 1)
        {
            _faults.Add(
                AuditFaultKind.Gap,
                $"Record {LogFormat.Number(record.Seq)} stands where {LogFormat.Number(Seq + 1)} should: lines were removed, added or moved.",
                number
            );
        }
        else if (record.Prev != _hash && number == 1)
        {
            _faults.Add(AuditFaultKind.EditedLine, "The first record is chained to something before it.", number);
        }
        else if (record.Prev != _hash && !_lastWasInvalid)
        {
            _faults.Add(AuditFaultKind.EditedLine, "The next record is chained to another content of this line.", number - 1);
        }

        if (record.Event == LogFormat.DamagedEvent)
            _faults.Add(AuditFaultKind.RecordedDamage, $"km found damage at {record.Time}: {RecordText.Clean(record.Detail)}.", number);
        if (record.Event == LogFormat.LostEvent)
            _faults.Add(AuditFaultKind.Lost, $"km found at {record.Time} that {RecordText.Clean(record.Detail)}.", number);
        if (record.Event != LogFormat.CheckpointEvent || _key is null)
            return;
        if (record.Signature is null || !_key.HasSigned(LogRecord.CheckpointText(record.Seq, record.Prev), record.Signature))
            _faults.Add(AuditFaultKind.CheckpointInvalid, "The signature of this checkpoint is not valid.", number);
    }
}
