using System.Globalization;
using Kilometers.Processes.Measuring;

namespace Kilometers.PluginHost.Control;

/// <summary>What one process uses, from <c>/proc</c>; nothing where there is none.</summary>
internal static class ProcessUse
{
    /// <returns>Null if the process is gone, or the system does not say.</returns>
    public static ResourceUse? Of(int process) =>
        ProcessCounters.Of(process) is not { HasEnded: false } counters
            ? null
            : new ResourceUse
            {
                CpuSeconds = counters.CpuSeconds,
                MemoryBytes = ProcessMemory.Of(process)?.Resident,
                Threads = counters.Threads,
                OpenFiles = OpenFilesOf(process),
            };

    /// <summary>Null where the process does not let them be read.</summary>
    private static int? OpenFilesOf(int process)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd")).Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
