using Kilometers.Files;
using Kilometers.PluginHost.Control;

namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>Everything that km keeps in its directory, and the directory itself if nothing else is in it.</summary>
internal sealed class FilePart : IUninstallPart
{
    public IEnumerable<UninstallItem> Find(CommandContext context)
    {
        var home = context.Paths.Home;
        foreach (var path in context.Paths.Entries.Where(path => Path.Exists(path) || new FileInfo(path).LinkTarget is not null))
            yield return new UninstallItem("files", path, () => Delete(path));

        // Where the directory's own path is too long for sockets.
        if (
            ControlClient.Transport(home) is UnixControlTransport { Folder: var sockets }
            && !sockets.StartsWith(home, StringComparison.Ordinal)
        )
            if (Directory.Exists(sockets))
                yield return new UninstallItem("files", sockets, () => Delete(sockets));
        if (Directory.Exists(home))
            yield return new UninstallItem("files", home, () => DeleteEmpty(home));
    }

    /// <summary>A link is removed, never what it leads to.</summary>
    private static void Delete(string path)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            DirectoryTree.Delete(path);
        else
            File.Delete(path);
    }

    /// <summary>KM_HOME may name any directory: what km did not make stays, and so does the directory then.</summary>
    private static void DeleteEmpty(string home)
    {
        if (
            Directory.EnumerateFileSystemEntries(home).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList() is
            { Count: > 0 } others
        )
            throw new IOException(
                $"It is not empty: {string.Join(", ", others.Take(5))}{(others.Count > 5 ? ", …" : "")}. Other files are not km's."
            );
        if (new DirectoryInfo(home).LinkTarget is null)
            Directory.Delete(home);
        else
            File.Delete(home);
    }
}
