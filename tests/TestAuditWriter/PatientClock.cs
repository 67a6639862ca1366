namespace TestAuditWriter;

/// <summary>Waits for others for two minutes instead of five seconds: tests share the disk with builds, and a flush may take that long.</summary>
internal sealed class PatientClock : TimeProvider
{
    public override long GetTimestamp() => base.GetTimestamp() / 24;
}
