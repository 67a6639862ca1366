using System.Globalization;
using Kilometers.Processes.Measuring;
using Kilometers.Processes.Unix;

namespace Kilometers.PluginHost.Control;

/// <summary>What a monitored server and everything below it use.</summary>
/// <param name="Processes">How many processes there are.</param>
/// <param name="CpuSeconds">Their processor time.</param>
/// <param name="MemoryBytes">Their resident memory.</param>
internal sealed record ServerUse(int Processes, double CpuSeconds, long MemoryBytes)
{
    /// <summary>Measures the servers of several sessions, with one look at all processes.</summary>
    /// <param name="sessions">The process of each session's km, and those of its plugins, which are below it, too.</param>
    /// <returns>By the process of km; where the system does not say, nothing.</returns>
    public static IReadOnlyDictionary<int, ServerUse> Of(IReadOnlyCollection<(int Km, IReadOnlyCollection<int> Plugins)> sessions)
    {
        if (!ProcessMeasure.IsPossible || sessions.Count == 0)
            return new Dictionary<int, ServerUse>();
        var snapshot = ProcessTable.Snapshot();
        return sessions.ToDictionary(session => session.Km, session => Of(session.Km, session.Plugins, snapshot));
    }

    private static ServerUse Of(int km, IReadOnlyCollection<int> plugins, List<ProcessEntry> snapshot)
    {
        // km's own helpers run its program. The first km starts the host, and what is below that is no server's.
        var program = ProgramOf(km);
        var others = snapshot
            .Where(entry => entry.Parent == km && program is not null && IsOwn(ProgramOf(entry.Id), program))
            .Select(entry => entry.Id)
            .Concat(plugins)
            .ToHashSet();
        var server = ProcessTable.DescendantsOf([km], snapshot);
        server.ExceptWith(others);
        server.ExceptWith(ProcessTable.DescendantsOf(others, snapshot));
        var counters = server.Select(ProcessCounters.Of).OfType<ProcessCounters>().Where(process => !process.HasEnded).ToList();
        return new ServerUse(
            counters.Count,
            counters.Sum(process => process.CpuSeconds),
            counters.Sum(process => ProcessMemory.Of(process.Id)?.Resident ?? 0)
        );
    }

    private static bool IsOwn(string? program, string km) =>
        program == km
        || (
            program is not null
            && Path.GetDirectoryName(program) == Path.GetDirectoryName(km)
            && Path.GetFileName(program).StartsWith("km-host", StringComparison.Ordinal)
        );

    private static string? ProgramOf(int process)
    {
        try
        {
            return File.ResolveLinkTarget(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/exe"),
                returnFinalTarget: false
            )?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
