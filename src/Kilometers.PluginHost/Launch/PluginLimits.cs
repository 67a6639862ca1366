using Kilometers.Contracts.Packages;

namespace Kilometers.PluginHost.Launch;

/// <summary>How much of the machine a plugin may use: what its manifest asks for, else km's defaults.</summary>
internal sealed record PluginLimits
{
    /// <summary>Processor time while a plugin starts, if its own limit is lower: a runtime's start may take more than a plugin does later.</summary>
    public const int StartCpuPercent = 200;

    private const long MiB = 1 << 20;

    /// <summary>Memory in use at any time: what is resident, and what is held without being mapped.</summary>
    public long MemoryBytes { get; init; } = 512 * MiB;

    /// <summary>Processor time within any half minute, in percent of one processor.</summary>
    public int CpuPercent { get; init; } = StartCpuPercent;

    /// <summary>Open files.</summary>
    public int OpenFiles { get; init; } = 1024;

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = 256;

    /// <summary>What its directories and deleted files take of the disk, in bytes. The largest spool that api-logger can be set to stays below.</summary>
    public long StateBytes { get; init; } = 1024 * MiB;

    /// <summary>
    /// Memory mapped for writing: more than is in use, because of stacks (8 MiB for each thread, hardly touched) and what runtimes keep ready.
    /// It is what stops a plugin at once; <see cref="MemoryBytes"/> is looked at every few seconds.
    /// </summary>
    public long DataBytes => MemoryBytes + (1024 * MiB);

    /// <summary>The most that .NET's garbage collector may hold: below the limit, so that a plugin gets an exception before it is ended.</summary>
    public long ManagedHeapBytes => MemoryBytes / 4 * 3;

    public static PluginLimits From(ResourceLimits? limits)
    {
        var defaults = new PluginLimits();
        return defaults with
        {
            MemoryBytes = limits?.MemoryBytes ?? defaults.MemoryBytes,
            CpuPercent = limits?.CpuPercent ?? defaults.CpuPercent,
            OpenFiles = limits?.OpenFiles ?? defaults.OpenFiles,
        };
    }
}
