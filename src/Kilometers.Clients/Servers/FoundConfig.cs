using Kilometers.Clients.Catalog;
using Kilometers.Clients.Syntax;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Clients.Servers;

/// <summary>A client's configuration file on this machine, as it is now.</summary>
internal sealed record FoundConfig
{
    /// <summary>The most that is read: Claude Code keeps its history in this file, too.</summary>
    private const int MaxSize = 64 << 20;

    public required McpClient Client { get; init; }

    /// <summary>The file, perhaps a link.</summary>
    public required string File { get; init; }

    /// <summary>The client's places that are in it.</summary>
    public required IReadOnlyList<ConfigLocation> Locations { get; init; }

    public required KmProgram Km { get; init; }

    public ManagedRules? Rules { get; init; }

    /// <summary>Why it cannot be read or is not understood; null: it is.</summary>
    public KmError? Problem { get; private init; }

    /// <summary>The file as it was read; null where that failed.</summary>
    public SharedFile? Source { get; private init; }

    /// <summary>What it means; null where there is a problem.</summary>
    public ConfigDocument? Document { get; private init; }

    public IReadOnlyList<ServerEntry> Entries { get; private init; } = [];

    public bool IsProject => Locations[0].IsProject;

    /// <summary>The files of some clients that are there, each once, in the order of the table.</summary>
    public static IReadOnlyList<FoundConfig> Find(IEnumerable<McpClient> clients, ClientMachine machine, KmProgram km)
    {
        var found = new List<FoundConfig>();
        foreach (var client in clients)
        {
            var rules = client.HasManagedRules ? ManagedRules.Read(machine) : null;
            var files = client.Locations.SelectMany(location => machine.Find(location).Select(file => (File: file, Location: location)));

            // In a home directory the project's file is the user's own.
            foreach (var file in files.GroupBy(one => Path.GetFullPath(one.File)))
            {
                var locations = file.Select(one => one.Location).ToList();
                if (locations.Exists(location => !location.IsProject))
                    locations.RemoveAll(location => location.IsProject);
                found.Add(
                    new FoundConfig
                    {
                        Client = client,
                        File = file.Key,
                        Locations = locations,
                        Km = km,
                        Rules = rules,
                    }.Read()
                );
            }
        }

        return found;
    }

    /// <summary>The same file as it is now.</summary>
    public FoundConfig Read()
    {
        SharedFile? source = null;
        try
        {
            source = SharedFile.Read(File, MaxSize);
            var document = Parse(source.Content);
            return this with { Problem = null, Source = source, Document = document, Entries = EntriesOf(document) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Broken(source, ClientErrors.Unreadable(File, e.Message));
        }
        catch (KmException e)
        {
            return Broken(source, e);
        }
    }

    private FoundConfig Broken(SharedFile? source, KmException problem) =>
        this with
        {
            Problem = problem.Error,
            Source = source,
            Document = null,
            Entries = [],
        };

    /// <summary>What a content of this file means.</summary>
    /// <exception cref="KmException">It is not understood.</exception>
    public ConfigDocument Parse(byte[] content)
    {
        try
        {
            return ConfigDocument.Parse(Locations[0].Format, content);
        }
        catch (ConfigSyntaxException e)
        {
            throw NotUnderstood(content, e);
        }
    }

    /// <summary>The servers in a content of this file.</summary>
    public IReadOnlyList<ServerEntry> EntriesOf(ConfigDocument document) =>
        [.. Locations.SelectMany(location => EntryReader.Read(document, location, Km, Rules))];

    public KmException NotUnderstood(byte[] content, ConfigSyntaxException e) =>
        ClientErrors.NotUnderstood(File, ConfigDocument.Place(content, e.Offset), e.Message);
}
