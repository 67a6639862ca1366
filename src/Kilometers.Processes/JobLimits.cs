namespace Kilometers.Processes;

/// <summary>What the processes of one job may use together.</summary>
/// <param name="MemoryBytes">Committed memory, in bytes; what is more is refused to them.</param>
/// <param name="Processes">Processes at a time; one more is not started.</param>
/// <param name="CpuPercent">Processor time, in percent of one processor; they wait for what is more.</param>
public sealed record JobLimits(long MemoryBytes, int Processes, int CpuPercent);
