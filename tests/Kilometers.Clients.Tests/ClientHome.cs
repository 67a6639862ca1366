using Kilometers.Clients.Catalog;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;

namespace Kilometers.Clients.Tests;

/// <summary>A home directory of one test's own, a project in it, and a km.</summary>
internal sealed class ClientHome : IDisposable
{
    public ClientHome()
    {
        // In memory where that is possible: every change is flushed to the disk several times.
        Folder = Directory.Exists("/dev/shm")
            ? Directory
                .CreateDirectory(
                    $"/dev/shm/km-clients-{Guid.NewGuid():n}",
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                )
                .FullName
            : Directory.CreateTempSubdirectory("km-clients-").FullName;
        Directory.CreateDirectory(Project);
        Directory.CreateDirectory(Path.GetDirectoryName(KmPath)!);
        File.WriteAllText(KmPath, "");
        Store = new WrapStore(Path.Combine(Folder, ".km", "wrap"), TimeProvider.System);
    }

    public string Folder { get; }

    public string Project => Path.Combine(Folder, "project");

    public string KmPath => Path.Combine(Folder, "bin", "km");

    public WrapStore Store { get; }

    public Dictionary<string, string> Variables { get; } = [];

    public ClientMachine Machine =>
        new()
        {
            Kind = MachineKind.Linux,
            Home = Folder,
            Project = Project,
            Variable = Variables.GetValueOrDefault,
            SystemRoot = Path.Combine(Folder, "root"),
        };

    public KmProgram Km => new() { Own = [KmPath], SearchPath = [Path.GetDirectoryName(KmPath)!] };

    public ChangeWriter Writer => new(Store, TimeProvider.System);

    public static McpClient Client(string name) => KnownClients.All.Single(client => client.Name == name);

    /// <summary>Writes a client's configuration to one of its places.</summary>
    /// <returns>The file.</returns>
    public string Write(string client, ReadOnlySpan<byte> content, int location = 0)
    {
        var file = Machine.Resolve(Client(client).Locations[location].File)!.Replace("*", "one", StringComparison.Ordinal);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    public string Write(string client, string content, int location = 0) =>
        Write(client, System.Text.Encoding.UTF8.GetBytes(content), location);

    public FoundConfig Find(string client) => Assert.Single(FoundConfig.Find([Client(client)], Machine, Km));

    /// <summary>Puts km in front of everything in a client's configuration that can have it.</summary>
    /// <returns>The backup; null: there was nothing to do.</returns>
    public string? Wrap(string client)
    {
        var config = Find(client);
        var paths = config.Entries.Where(entry => entry.State == EntryState.NotWrapped).Select(entry => entry.Path).ToList();
        return paths.Count == 0 ? null : Writer.Write(FileChange.Wrap(config, paths));
    }

    public void Unwrap(string client)
    {
        var config = Find(client);
        var paths = config.Entries.Where(entry => entry.IsWrapped).Select(entry => entry.Path).ToList();
        if (paths.Count > 0)
            Writer.Write(FileChange.Unwrap(config, paths, Store));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
