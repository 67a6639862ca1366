using Kilometers.Contracts.Packages;
using Kilometers.PluginHost.Installation;
using Kilometers.Processes.Isolation;

namespace Kilometers.PluginHost.Launch;

/// <summary>What one plugin may do: from its manifest and where its files are to a profile for the launcher, and what of it this system can enforce.</summary>
internal static class PluginProfile
{
    /// <param name="plugin">The plugin.</param>
    /// <param name="socketFolder">Where it makes its socket and temporary files.</param>
    /// <param name="options">Where state is, and what development plugins get.</param>
    public static SandboxProfile Create(PreparedPlugin plugin, string socketFolder, PluginHostingOptions options)
    {
        var manifest = plugin.Verification?.Manifest;
        var limits = PluginLimits.From(manifest?.Limits);
        var isDevelopment = manifest is null;
        var isScript = IsScript(plugin.Executable);
        var network = manifest?.Capabilities.Network.Count > 0;
        List<string> executable = [.. SystemPaths.Libraries, .. SystemPaths.DotNetRoots(), .. isDevelopment ? OwnFolder(plugin.Executable) : [Path.GetDirectoryName(plugin.Executable)!]];
        List<string> writable = ["/dev/null"];
        if (isScript) executable.AddRange(SystemPaths.Programs);
        List<string> readable = [.. SystemPaths.Data, .. network ? SystemPaths.Network : []];

        // "/proc/self" is one process; the children of a script look at their own. Memory and environments of others stay closed.
        if (isDevelopment && isScript) readable.Add("/proc");
        if (StateOf(manifest, options.Installed) is { } state) writable.Add(state);
        if (isDevelopment)
        {
            executable.AddRange(options.DevelopmentAccess);
            writable.AddRange(options.DevelopmentAccess);
        }

        return new SandboxProfile
        {
            Executable = executable,
            Readable = readable,
            Writable = writable,
            SocketFolders = [socketFolder],
            AllowNetwork = network,
            AllowProcesses = isDevelopment && isScript,
            Confine = SandboxSupport.Current.CanConfine,
            DataBytes = limits.DataBytes,
            OpenFiles = limits.OpenFiles,
            FileBytes = limits.StateBytes,
        };
    }

    /// <summary>Which layers a profile reaches on this system. The launcher applies all of it or starts nothing.</summary>
    /// <param name="profile">The profile; null: plugins are started without a launcher.</param>
    /// <param name="support">What the system offers.</param>
    public static IsolationReport Report(SandboxProfile? profile, SandboxSupport support)
    {
        var group = "not asked for";
        if (profile?.ControlGroup is null && profile is not null) ControlGroup.FindDelegated(out group);
        return new IsolationReport(
        [
            new(IsolationLayer.Process, true, "own process and group, private directory, allow-listed environment, AutoMTLS"),
            new(IsolationLayer.Limits, profile is not null, profile is null ? "this program starts plugins without its launcher" : "limits of memory, open files, file size; no core dumps"),
            new(IsolationLayer.ControlGroup, profile?.ControlGroup is not null, profile?.ControlGroup is not null ? "memory, tasks, processor time" : group),
            new(
                IsolationLayer.Confinement,
                profile?.Confine == true,
                profile?.Confine == true ? Describe(profile) : support.Missing ?? "this program starts plugins without its launcher"),
        ]);
    }

    /// <summary>The directory that a plugin keeps its files in; null if it asks for none.</summary>
    public static string? StateOf(PluginManifest? manifest, PluginPaths? paths) =>
        manifest?.Capabilities.StateDirectory == true && paths is not null ? paths.StateOf(manifest.Name) : null;

    private static string Describe(SandboxProfile profile) =>
        "no capabilities, no files but its own" + (profile.AllowNetwork ? ", network" : ", no network") + (profile.AllowProcesses ? ", processes (a script)" : ", no processes");

    /// <summary>A plugin under development is run where it was built; but a folder that holds the rest of the user's life is not its own.</summary>
    private static IEnumerable<string> OwnFolder(string executable)
    {
        var target = File.ResolveLinkTarget(executable, returnFinalTarget: true)?.FullName ?? executable;
        foreach (var path in (string[])[executable, target])
        {
            yield return path;
            var folder = Path.GetDirectoryName(path);
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (!string.IsNullOrEmpty(folder) && !$"{home}/".StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal)) yield return folder;
        }
    }

    private static bool IsScript(string executable)
    {
        try
        {
            using var file = File.OpenHandle(executable);
            Span<byte> start = stackalloc byte[4];
            var length = RandomAccess.Read(file, start, 0);
            return !start[..length].SequenceEqual("\u007fELF"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Starting it will say what is wrong with it.
            return false;
        }
    }
}
