using System.Globalization;
using Kilometers.Processes.Unix;

namespace Kilometers.Processes.Measuring;

/// <summary>A process's memory, from <c>/proc/PID/status</c>.</summary>
/// <param name="Resident">What is in memory now.</param>
/// <param name="Peak">The most that ever was, since it was executed.</param>
/// <param name="Private">Of what is resident: its own, and files that it has mapped, but no shared memory.</param>
internal sealed record ProcessMemory(long Resident, long Peak, long Private)
{
    /// <summary>Null if the process is gone or has given its memory back, or the system does not say.</summary>
    public static ProcessMemory? Of(int process)
    {
        try
        {
            return Parse(ProcFile.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")));
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Null if the lines name no memory.</summary>
    /// <exception cref="FormatException">A line is not understood.</exception>
    public static ProcessMemory? Parse(IEnumerable<string> status)
    {
        long? peak = null,
            resident = null;
        var own = 0L;
        foreach (var line in status)
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                peak = Bytes(line);
            else if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                resident = Bytes(line);
            else if (line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssFile:", StringComparison.Ordinal))
                own += Bytes(line);
        }

        return resident is { } now ? new ProcessMemory(now, Math.Max(peak ?? 0, now), own) : null;
    }

    // "VmRSS:      1234 kB".
    private static long Bytes(string line)
    {
        var text = line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim();
        return text.EndsWith(" kB")
            ? long.Parse(text[..^3], NumberStyles.None, CultureInfo.InvariantCulture) * 1024
            : throw new FormatException(line);
    }
}
