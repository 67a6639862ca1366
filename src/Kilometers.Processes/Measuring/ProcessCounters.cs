using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Measuring;

/// <summary>What <c>/proc</c> tells everybody about a process, even if it may not be looked into.</summary>
/// <param name="Id">The process.</param>
/// <param name="Group">Its process group.</param>
/// <param name="State">One letter: <c>R</c> running, <c>S</c> sleeping, <c>Z</c> ended and not reaped.</param>
/// <param name="StartTime">Clock ticks since boot: tells a reused id from the process that one knew.</param>
/// <param name="CpuSeconds">Processor time of the process and of its children that ended and were waited for.</param>
/// <param name="Threads">How many threads it has.</param>
internal sealed record ProcessCounters(int Id, int Group, char State, ulong StartTime, double CpuSeconds, int Threads)
{
    /// <summary>The kernel's ticks for user space: 100 on every system that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Whether all of it has ended.</summary>
    public bool HasEnded => State == 'X' || (State == 'Z' && Threads <= 1);

    /// <summary>
    /// Whether its first thread ended and others run on. The kernel then answers questions about the process as if it had neither memory nor
    /// descriptors.
    /// </summary>
    public bool IsLedByNobody => State == 'Z' && Threads > 1;

    /// <summary>Null if the process is gone, or the system does not say.</summary>
    public static ProcessCounters? Of(int process)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            // "pid (name) state ppid pgrp …": the name may hold spaces and parentheses, so count from the last ')'.
            var stat = ProcFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = 0L;
            for (var i = 11; i <= 14; i++)
                ticks += long.Parse(fields[i], CultureInfo.InvariantCulture);
            return new ProcessCounters(
                process,
                int.Parse(fields[2], CultureInfo.InvariantCulture),
                fields[0][0],
                ulong.Parse(fields[19], CultureInfo.InvariantCulture),
                ticks / TicksPerSecond,
                int.Parse(fields[17], CultureInfo.InvariantCulture)
            );
        }
        catch (Exception e) when (e is IOException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
