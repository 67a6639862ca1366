using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;

namespace Kilometers.Packager.Conformance;

/// <summary>The plugin to test: its executable, and what its manifest says about it.</summary>
internal sealed class TestedPlugin
{
    private const string ManifestName = "manifest.json";
    private const long MaxManifest = 1 << 20;

    private TestedPlugin(string executable, string? manifestPath)
    {
        Executable = executable;
        ManifestPath = manifestPath;
        if (manifestPath is not null)
            (Manifest, ManifestFaults) = ReadManifest(manifestPath);
    }

    /// <summary>The absolute path.</summary>
    public string Executable { get; }

    /// <summary>Where the manifest is; null: there is none.</summary>
    public string? ManifestPath { get; }

    /// <summary>The manifest; null if there is none, or none that can be read.</summary>
    public PluginDescription? Manifest { get; }

    /// <summary>What is wrong with the manifest; empty if nothing is.</summary>
    public IReadOnlyList<string> ManifestFaults { get; } = [];

    /// <summary>Finds what a user means.</summary>
    /// <param name="path">An executable, or the folder of a project whose executable is built.</param>
    /// <returns>The plugin.</returns>
    /// <exception cref="KmException">There is no executable.</exception>
    public static TestedPlugin Locate(string path)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
            return new TestedPlugin(full, FindManifest(full));
        if (!Directory.Exists(full))
            throw new KmException(
                new KmError(ErrorCode.PluginNotStarted, $"There is no plugin at {path}", Hint: "Give the path of a plugin's executable.")
            );

        var manifest = Path.Combine(full, ManifestName) is var candidate && File.Exists(candidate) ? candidate : null;
        var entrypoint = manifest is null ? null : ReadManifest(manifest).Manifest?.Entrypoint;
        var executable = FindBuilt(full, entrypoint is null ? null : Path.GetFileName(entrypoint))
            ?? throw new KmException(
                new KmError(
                    ErrorCode.PluginNotStarted,
                    $"There is no built plugin in {path}",
                    $"Looked for {entrypoint ?? "km-plugin-*"} in it, in its out folder and below bin.",
                    "Build it first, or give the path of its executable."
                )
            );
        return new TestedPlugin(executable, manifest ?? FindManifest(executable));
    }

    /// <summary>Beside the executable; else in the folder that holds the <c>bin</c> or <c>out</c> which the executable was built to.</summary>
    private static string? FindManifest(string executable)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(executable)!);
        var beside = Path.Combine(folder.FullName, ManifestName);
        if (File.Exists(beside))
            return beside;
        while (folder is not null && folder.Name is not ("bin" or "out"))
            folder = folder.Parent;
        var inProject = folder?.Parent is { } project ? Path.Combine(project.FullName, ManifestName) : null;
        return File.Exists(inProject) ? inProject : null;
    }

    /// <summary>The newest of all that could be meant: what was built last is what its author wants to know about.</summary>
    private static string? FindBuilt(string project, string? name)
    {
        bool IsMeant(FileInfo file) =>
            name is null
                ? file.Name.StartsWith("km-plugin-", StringComparison.Ordinal) && file.Extension is "" or ".exe"
                : file.Name == name || file.Name == name + ".exe";
        var direct = new[] { project, Path.Combine(project, "out") }
            .Where(Directory.Exists)
            .SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles());
        var bin = new DirectoryInfo(Path.Combine(project, "bin"));
        var below = bin.Exists
            ? bin.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 5 })
            : [];
        return direct.Concat(below).Where(IsMeant).MaxBy(file => file.LastWriteTimeUtc)?.FullName;
    }

    private static (PluginDescription? Manifest, IReadOnlyList<string> Faults) ReadManifest(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxManifest)
                return (null, ["it is larger than 1 MiB"]);
            var manifest = PackageJson.ReadDescription(File.ReadAllBytes(path));
            return (manifest, ManifestRules.Check(manifest));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return (null, [e.Message]);
        }
    }
}
