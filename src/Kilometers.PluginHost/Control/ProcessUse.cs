using System.Globalization;
using System.Text;

namespace Kilometers.PluginHost.Control;

/// <summary>What one process uses, from <c>/proc</c>; nothing where there is none.</summary>
internal static class ProcessUse
{
    /// <summary>The kernel's ticks for user space: 100 on every system that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <returns>Null if the process is gone, or the system does not say.</returns>
    public static ResourceUse? Of(int process)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        try
        {
            // "pid (name) state ppid …": the name may hold spaces and parentheses, so count from the last ')'.
            var stat = Encoding.Latin1.GetString(File.ReadAllBytes(folder + "/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var pages = long.Parse(File.ReadAllText(folder + "/statm").Split(' ')[1], CultureInfo.InvariantCulture);
            return new ResourceUse
            {
                CpuSeconds = (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond,
                MemoryBytes = pages * Environment.SystemPageSize,
                Threads = int.Parse(fields[17], CultureInfo.InvariantCulture),
                OpenFiles = Directory.EnumerateFileSystemEntries(folder + "/fd").Count(),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
