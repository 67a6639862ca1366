namespace Kilometers.Audit.Storage;

/// <summary>Faults as they are found; of many only the first are kept, all are counted.</summary>
internal sealed class FaultList
{
    private const int MaxKept = 100;
    private readonly List<AuditFault> _kept = [];

    public IReadOnlyList<AuditFault> Kept => _kept;

    public long Count { get; private set; }

    public bool HasDamage { get; private set; }

    public void Add(AuditFaultKind kind, string detail, long? line = null) => Add(new AuditFault(kind, line, detail));

    public void Add(AuditFault? fault)
    {
        if (fault is null)
            return;
        Count++;
        HasDamage |= fault.IsDamage;
        if (_kept.Count < MaxKept)
            _kept.Add(fault);
    }
}
