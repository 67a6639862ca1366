using System.Diagnostics;
using System.Globalization;

namespace Kilometers.EndToEnd.Tests.Running;

/// <summary>The process table, for tests that look for what was left behind.</summary>
internal static class Processes
{
    /// <summary>Whether a process exists and is not just a zombie that waits to be reaped.</summary>
    public static bool IsAlive(int id) => StateIn($"/proc/{id}/stat") is not ('Z' or 'X');

    /// <summary>Whether no thread of a process works any more: it is stopped, or gone.</summary>
    public static bool IsStopped(int id)
    {
        try
        {
            return Directory.EnumerateDirectories($"/proc/{id}/task").All(thread => StateIn($"{thread}/stat") is 'T' or 't' or 'Z' or 'X');
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
    }

    /// <summary>Ids of live descendants of a process, by their parents.</summary>
    public static List<int> DescendantsOf(int root)
    {
        var parents = new List<(int Id, int Parent)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !IsAlive(id))
                continue;
            try
            {
                var stat = File.ReadAllText($"/proc/{id}/stat");
                parents.Add((id, int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // It ended just now.
            }
        }

        var found = new List<int> { root };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents.Where(p => p.Parent == found[i]).Select(p => p.Id));
        return found[1..];
    }

    /// <summary>The host that a session's relay has started; null as long as there is none.</summary>
    public static int? HostOf(KmProcess km) =>
        DescendantsOf(km.Id).Select(id => (int?)id).FirstOrDefault(id => NameOf(id!.Value).StartsWith("km-host", StringComparison.Ordinal));

    /// <summary>Waits until no host with that directory of km runs: after a session it puts things away.</summary>
    public static void WaitForHostsOf(string home) => WaitForHosts($"KM_HOME={home}\0");

    /// <summary>Waits until no host runs that has a path below the folder in its environment.</summary>
    public static void WaitForHostsBelow(string folder) => WaitForHosts($"={folder}/");

    /// <summary>The hosts with that directory of km.</summary>
    public static IEnumerable<int> HostsOf(string home) => HostsWith($"KM_HOME={home}\0");

    /// <summary>Waits until no host has a text in its environment.</summary>
    public static void WaitForHosts(string text)
    {
        var watch = Stopwatch.StartNew();
        while (HostsWith(text).Any() && watch.Elapsed < Wait.Limit)
            Thread.Sleep(50);
    }

    /// <summary>The hosts with a text in their environment.</summary>
    public static IEnumerable<int> HostsWith(string text)
    {
        return Directory
            .EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(IsHost);

        bool IsHost(int id)
        {
            try
            {
                return id > 0
                    && NameOf(id).StartsWith("km-host", StringComparison.Ordinal)
                    && File.ReadAllText($"/proc/{id}/environ").Contains(text, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false; // it ended just now, or is another user's
            }
        }
    }

    /// <summary>Waits until no host is at work for a session whose relay has ended: such a session still has its socket.</summary>
    public static void WaitForEndedSessionsOf(string home)
    {
        var run = Path.Combine(home, "run");
        var watch = Stopwatch.StartNew();
        while (Directory.Exists(run) && Directory.EnumerateFiles(run, "*-*.sock").Any(IsOver) && watch.Elapsed < Wait.Limit)
            Thread.Sleep(10);

        static bool IsOver(string socket) =>
            int.TryParse(Path.GetFileName(socket).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var relay)
            && !IsAlive(relay);
    }

    /// <returns>The state as ps shows it; X if there is no such process or thread.</returns>
    private static char StateIn(string statFile)
    {
        try
        {
            var stat = File.ReadAllText(statFile);
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return 'X';
        }
    }

    /// <summary>Its command line; empty if there is none any more.</summary>
    public static string CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ').TrimEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string NameOf(int id)
    {
        try
        {
            return Path.GetFileName(new FileInfo($"/proc/{id}/exe").LinkTarget) ?? "";
        }
        catch (IOException)
        {
            return ""; // it ended just now
        }
    }
}
