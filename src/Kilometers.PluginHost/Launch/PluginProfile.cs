using Kilometers.Files;
using Kilometers.Processes.Isolation;

namespace Kilometers.PluginHost.Launch;

/// <summary>What one plugin may do: from its manifest and where its files are to a profile for the launcher.</summary>
internal static class PluginProfile
{
    /// <param name="plugin">The plugin.</param>
    /// <param name="socketFolder">Where it makes its socket and temporary files.</param>
    /// <param name="isConnected">Whether km connects it to hosts: by a socket of its own, so it needs no network for that, but the authorities to trust.</param>
    /// <param name="options">What development plugins get.</param>
    public static SandboxProfile Create(PreparedPlugin plugin, string socketFolder, bool isConnected, PluginHostingOptions options)
    {
        var manifest = plugin.Verification?.Manifest;
        var limits = PluginLimits.From(manifest?.Limits);
        var isDevelopment = manifest is null;
        var isScript = IsScript(plugin.Executable);
        List<string> executable =
        [
            .. SystemPaths.Libraries,
            .. SystemPaths.DotNetRoots(),
            .. isDevelopment ? OwnFolder(plugin.Executable) : [Path.GetDirectoryName(plugin.Executable)!],
        ];
        List<string> writable = ["/dev/null"];
        if (isScript)
            executable.AddRange(SystemPaths.Programs);
        List<string> readable = [.. SystemPaths.Data, .. isConnected ? SystemPaths.Authorities() : []];

        // "/proc/self" is one process; the children of a script look at their own. Memory and environments of others stay closed.
        if (isDevelopment && isScript)
            readable.Add("/proc");
        if (plugin.State is { } state)
            writable.Add(state);
        if (isDevelopment)
        {
            executable.AddRange(options.DevelopmentAccess);
            writable.AddRange(options.DevelopmentAccess);
        }

        // Made and filled by km: nobody who can rename something on the way to it may put another one in its place.
        var own = new List<string> { socketFolder };
        if (!isDevelopment)
            own.Add(Path.GetDirectoryName(plugin.Executable)!);
        if (plugin.State is { } kept)
            own.Add(kept);
        return new SandboxProfile
        {
            Pinned = Pin(own),
            Executable = executable,
            Readable = readable,
            Writable = writable,
            SocketFolders = [socketFolder],
            AllowProcesses = isDevelopment && isScript,
            Confine = SandboxSupport.Current.CanConfine,
            DataBytes = limits.DataBytes,
            OpenFiles = limits.OpenFiles,
            FileBytes = limits.StateBytes,
        };
    }

    private static Dictionary<string, FileIdentity> Pin(IEnumerable<string> folders)
    {
        var pinned = new Dictionary<string, FileIdentity>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            if (FileIdentity.OfOwnFolder(folder) is { } identity)
                pinned[folder] = identity;
        }

        return pinned;
    }

    /// <summary>A plugin under development is run where it was built; but a folder that holds the rest of the user's life is not its own.</summary>
    private static IEnumerable<string> OwnFolder(string executable)
    {
        var target = File.Exists(executable)
            ? File.ResolveLinkTarget(executable, returnFinalTarget: true)?.FullName ?? executable
            : executable;
        foreach (var path in (string[])[executable, target])
        {
            yield return path;
            var folder = Path.GetDirectoryName(path);
            if (!string.IsNullOrEmpty(folder) && !$"{UserHome.Find()}/".StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal))
                yield return folder;
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
