using System.Globalization;

namespace Kilometers.Processes.Isolation;

/// <summary>
/// A control group (version 2) of a plugin's own: memory, processes, processor time, all of them together and exact. Only where the user
/// has a group with these controllers (systemd delegates one to a user's session and to services that ask for it). The writing of the files
/// is tested; on a system that delegates, it is unproven.
/// </summary>
public sealed class ControlGroup : IDisposable
{
    private const int PeriodMicroseconds = 100_000;
    private static readonly string[] Needed = ["memory", "pids"];

    private ControlGroup(string path) => Path = path;

    /// <summary>The group's folder.</summary>
    public string Path { get; }

    /// <summary>A group in which this user may make others, with the controllers that are needed; null: there is none.</summary>
    /// <param name="why">Why there is none.</param>
    public static string? FindDelegated(out string why) => FindDelegated("/sys/fs/cgroup", "/proc/self/cgroup", out why);

    internal static string? FindDelegated(string root, string ownGroups, out string why)
    {
        try
        {
            why = "no control groups of version 2";
            if (!File.Exists(System.IO.Path.Combine(root, "cgroup.controllers")))
                return null;
            var line = File.ReadLines(ownGroups).FirstOrDefault(text => text.StartsWith("0::/", StringComparison.Ordinal));
            if (line is null)
                return null;

            // A group that has processes cannot hand its controllers on: the one above this process's own can.
            var own = System.IO.Path.Combine(root, line["0::/".Length..]);
            var parent = System.IO.Path.GetDirectoryName(own.TrimEnd('/'))!;
            why = "the control group is not this user's";
            if (parent.Length < root.Length)
                return null;
            using (new FileStream(System.IO.Path.Combine(parent, "cgroup.procs"), FileMode.Open, FileAccess.Write)) { }

            var handedOn = File.ReadAllText(System.IO.Path.Combine(parent, "cgroup.subtree_control"))
                .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            why = "the control group hands on no memory and pids controllers";
            return Needed.All(handedOn.Contains) ? parent : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = $"the control group is not this user's ({e.Message})";
            return null;
        }
    }

    /// <summary>Makes a group with limits.</summary>
    /// <param name="parent">From <see cref="FindDelegated(out string)"/>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="memoryBytes">The most memory of all processes in it.</param>
    /// <param name="tasks">The most processes and threads in it.</param>
    /// <param name="cpuPercent">The most processor time, in percent of one; null: no limit.</param>
    /// <exception cref="IOException">It could not be made.</exception>
    public static ControlGroup Create(string parent, string name, long memoryBytes, int tasks, int? cpuPercent)
    {
        var path = System.IO.Path.Combine(parent, name);
        Directory.CreateDirectory(path);
        var group = new ControlGroup(path);
        try
        {
            Write(path, "memory.max", memoryBytes.ToString(CultureInfo.InvariantCulture));
            if (File.Exists(System.IO.Path.Combine(path, "memory.swap.max")))
                Write(path, "memory.swap.max", "0");
            Write(path, "pids.max", tasks.ToString(CultureInfo.InvariantCulture));
            if (cpuPercent is { } percent && File.Exists(System.IO.Path.Combine(path, "cpu.max")))
                Write(
                    path,
                    "cpu.max",
                    string.Create(CultureInfo.InvariantCulture, $"{percent * (PeriodMicroseconds / 100)} {PeriodMicroseconds}")
                );
            return group;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Whether a process in it was ended by the kernel because all of them together wanted more memory than the group may have.</summary>
    public bool RanOutOfMemory
    {
        get
        {
            try
            {
                return File.ReadLines(System.IO.Path.Combine(Path, "memory.events"))
                    .Any(line => line.StartsWith("oom_kill ", StringComparison.Ordinal) && line != "oom_kill 0");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Removes a group that another process made and left behind; one that still has processes stays.</summary>
    /// <param name="path">Its folder.</param>
    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something in it is still ending; an empty group costs nothing and goes with its parent.
        }
    }

    /// <summary>Removes the group; its processes must have ended.</summary>
    public void Dispose() => Remove(Path);

    internal static void Enter(string path)
    {
        try
        {
            Write(path, "cgroup.procs", "0");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException("cgroup", e.Message);
        }
    }

    private static void Write(string folder, string file, string text)
    {
        using var stream = new FileStream(System.IO.Path.Combine(folder, file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
    }
}
