using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Measuring;

/// <summary>What a process takes from the machine, as far as the kernel counts it.</summary>
internal sealed record ProcessMeasure
{
    /// <summary>Processor time, with that of children that ended.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>The most memory that it had at any time, or has now, with memory that is not mapped.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Threads of all its processes.</summary>
    public required int Threads { get; init; }

    /// <summary>Descriptors of all its processes.</summary>
    public required int OpenFiles { get; init; }

    /// <summary>What deleted files that it holds take of the disk.</summary>
    public long DeletedBytes { get; init; }

    /// <summary>Why something could not be counted; null: everything was.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Whether processes can be measured here: Linux, with <c>/proc</c>.</summary>
    public static bool IsPossible { get; } = OperatingSystem.IsLinux() && Directory.Exists("/proc/self");

    /// <summary>Measures a process.</summary>
    /// <param name="process">The process.</param>
    /// <param name="withOthers">Whether to add the processes below it and those of its group: it may create some.</param>
    /// <param name="folders">Where it may write, as the kernel calls these folders.</param>
    /// <returns>Null if it has ended, or is still the launcher that will become it.</returns>
    public static ProcessMeasure? Of(int process, bool withOthers, IReadOnlyList<string> folders)
    {
        if (ProcessCounters.Of(process) is not { HasEnded: false } root || IsThisProgram(process))
            return null;
        List<ProcessCounters> all = [root];
        if (withOthers)
            all.AddRange(Others(process));
        var memory = all.Select(one => ProcessMemory.Of(one.Id)).OfType<ProcessMemory>().ToList();
        var held = new HeldFiles(folders);
        var why = (string?)null;
        foreach (var one in all)
        {
            if (one.IsLedByNobody)
                why = "its first thread ended, and others continue";
            else if (!one.HasEnded)
                held.Add(one.Id);
        }

        // What can be read of a process that just ended is not the whole.
        if (ProcessCounters.Of(process) is not { HasEnded: false } now || now.StartTime != root.StartTime)
            return null;
        var resident = memory.Sum(one => one.Peak);
        var reachable = memory.Sum(one => one.Private) + held.MemoryBytes;
        return new ProcessMeasure
        {
            CpuSeconds = all.Sum(one => one.CpuSeconds),
            MemoryBytes = Math.Max(resident, reachable),
            Threads = all.Sum(one => one.Threads),
            OpenFiles = held.Descriptors,
            DeletedBytes = held.DiskBytes,
            Unreadable = why ?? held.Unreadable,
        };
    }

    private static IEnumerable<ProcessCounters> Others(int process)
    {
        var snapshot = ProcessTable.Snapshot();
        var below = ProcessTable.DescendantsOf([process], snapshot);
        return snapshot
            .Where(entry => entry.Id != process && (entry.Group == process || below.Contains(entry.Id)))
            .Select(entry => ProcessCounters.Of(entry.Id))
            .OfType<ProcessCounters>();
    }

    /// <summary>The launcher is this program until it becomes the plugin.</summary>
    private static bool IsThisProgram(int process) =>
        FileStatus.Of(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/exe"), followsLink: true) is { } program
        && FileStatus.Of("/proc/self/exe", followsLink: true) is { } own
        && program.IsSame(own);
}
