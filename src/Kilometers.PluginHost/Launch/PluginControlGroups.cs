using System.Globalization;
using Kilometers.Processes.Isolation;

namespace Kilometers.PluginHost.Launch;

/// <summary>
/// The control groups of one km's plugins, where its user may make some. A group that was not taken away, because its km was killed, is
/// removed by the next km.
/// </summary>
internal sealed class PluginControlGroups
{
    private const string Prefix = "km-";
    private int _made;

    /// <param name="parent">The group to make others in; null: there is none.</param>
    /// <param name="missing">Why there is none.</param>
    public PluginControlGroups(string? parent, string? missing)
    {
        Parent = parent;
        Missing = parent is null ? missing : null;
    }

    /// <summary>Those of this process.</summary>
    public static PluginControlGroups OfThisMachine { get; } = Find();

    /// <summary>The group that they are made in; null: there is none.</summary>
    public string? Parent { get; }

    /// <summary>Why there is none; null: there is one.</summary>
    public string? Missing { get; }

    /// <summary>Makes one for a plugin.</summary>
    /// <param name="limits">What the plugin may use.</param>
    /// <param name="missing">Why there is none.</param>
    /// <returns>The group; null: there is none, and the plugin does without.</returns>
    public ControlGroup? Create(PluginLimits limits, out string? missing)
    {
        missing = Missing;
        if (Parent is null)
            return null;
        try
        {
            var number = Interlocked.Increment(ref _made);
            if (number == 1)
                RemoveLeftOver(Parent);
            return ControlGroup.Create(
                Parent,
                string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{number}"),
                limits.MemoryBytes,
                limits.Threads,
                limits.CpuPercent
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            missing = $"the control group could not be made ({e.Message})";
            return null;
        }
    }

    private static PluginControlGroups Find() =>
        OperatingSystem.IsLinux()
            ? new PluginControlGroups(ControlGroup.FindDelegated(out var why), why)
            : new PluginControlGroups(null, "control groups are Linux's");

    private static void RemoveLeftOver(string parent)
    {
        foreach (var group in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            var id = Path.GetFileName(group)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var owner) && !Directory.Exists($"/proc/{owner}"))
                ControlGroup.Remove(group);
        }
    }
}
