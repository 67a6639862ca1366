using Kilometers.Processes.Isolation;
using Kilometers.Processes.Measuring;

namespace Kilometers.PluginHost.Launch;

/// <summary>One layer of what keeps a plugin apart from the rest (docs/isolation.md).</summary>
/// <param name="Name"><c>L0</c> to <c>L3</c>.</param>
/// <param name="IsReached">Whether it is in force. A layer is asked for only where it is there, and a plugin for which one that was asked for fails is not started.</param>
/// <param name="Detail">What it consists of, or why it is not there.</param>
internal sealed record IsolationLayer(string Name, bool IsReached, string Detail);

/// <summary>The layers of one plugin, L0 to L3.</summary>
/// <param name="Layers">All four.</param>
internal sealed record IsolationReport(IReadOnlyList<IsolationLayer> Layers)
{
    private const string NoLauncher = "this program starts plugins without its launcher";

    /// <summary>What km gives every plugin on this machine.</summary>
    public static IsolationReport OfThisMachine { get; } =
        Create(
            OperatingSystem.IsWindows()
                ? null
                : new SandboxProfile
                {
                    Confine = SandboxSupport.Current.CanConfine,
                    ControlGroup = PluginControlGroups.OfThisMachine.Parent,
                },
            SandboxSupport.Current,
            PluginControlGroups.OfThisMachine.Missing
        );

    /// <summary>The names of those in force.</summary>
    public IReadOnlyList<string> Reached => [.. Layers.Where(layer => layer.IsReached).Select(layer => layer.Name)];

    /// <summary>
    /// How far limits of memory, threads, processor time and disk hold. Without a control group they are advisory: a plugin can exceed them
    /// until it is looked at.
    /// </summary>
    public string Limits =>
        Layers.Single(layer => layer.Name == "L2") switch
        {
            _ when OperatingSystem.IsWindows() => "enforced for memory and processor time; not measured otherwise",
            { IsReached: true } => "enforced for memory, threads and processor time; advisory for the disk",
            _ when !ProcessMeasure.IsPossible =>
                "advisory: only what one process may take is limited, because km cannot measure processes here",
            _ => "advisory: km stops a plugin soon after it exceeds one",
        };

    /// <summary>What a profile reaches on a system. The launcher applies all of it or starts nothing.</summary>
    /// <param name="profile">The profile; null: plugins are started without a launcher.</param>
    /// <param name="support">What the system offers.</param>
    /// <param name="noGroup">Why it has no control group, if it has none.</param>
    public static IsolationReport Create(SandboxProfile? profile, SandboxSupport support, string? noGroup) =>
        new([
            new("L0", true, "own process and group, private directory, allow-listed environment, AutoMTLS"),
            OperatingSystem.IsWindows()
                ? new("L1", true, "a job with limits of memory, processes, processor time")
                : new("L1", profile is not null, profile is null ? NoLauncher : "limits of memory, open files, file size; no core dumps"),
            new(
                "L2",
                profile?.ControlGroup is not null,
                profile?.ControlGroup is null ? noGroup ?? NoLauncher : "a control group with limits of memory, tasks, processor time"
            ),
            new("L3", profile?.Confine == true, profile?.Confine == true ? Describe(profile) : support.Missing ?? NoLauncher),
        ]);

    /// <summary>In one line: <c>L0 L1 L3; no L2: no control groups of version 2</c>.</summary>
    public override string ToString() =>
        string.Join(' ', Reached)
        + string.Concat(Layers.Where(layer => !layer.IsReached).Select(layer => $"; no {layer.Name}: {layer.Detail}"));

    private static string Describe(SandboxProfile profile) =>
        "no capabilities, no files but its own, no network, "
        + (profile.AllowProcesses ? "processes (a script)" : "no processes")
        + (SandboxSupport.CanSupervise ? "" : "; its sockets may have abstract names: this system does not let km supervise them");
}
