using Kilometers.Clients.Catalog;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Servers;

/// <summary>Finds the servers in a configuration.</summary>
internal static class EntryReader
{
    /// <summary>All servers that one place of a client has.</summary>
    /// <param name="document">The file.</param>
    /// <param name="location">The place.</param>
    /// <param name="km">This km.</param>
    /// <param name="rules">An administrator's rules; null: none apply.</param>
    public static IReadOnlyList<ServerEntry> Read(ConfigDocument document, ConfigLocation location, KmProgram km, ManagedRules? rules)
    {
        var entries = new List<ServerEntry>();
        foreach (var (path, servers) in Expand(document.Root, location.Servers, []))
        {
            if (servers.Kind == NodeKind.Array)
                entries.AddRange(
                    servers
                        .Items.Where(item => item.Find("name") is { Kind: NodeKind.Text })
                        .DistinctBy(item => item.Find("name")!.Text)
                        .Select(item => Entry(item.Find("name")!.Text, item))
                );
            else
                entries.AddRange(servers.Members.Select(member => Entry(member.Name, member.Value)));

            ServerEntry Entry(string name, ConfigNode node) => Read([.. path, name], node, location, km, rules);
        }

        return [.. entries.Select(entry => entries.Exists(other => IsMixed(entry, other)) ? Apart(entry) : entry)];
    }

    /// <summary>
    /// Whether the parts of two servers alternate, as TOML allows for dotted names: the bytes of one could not come back without those of the
    /// other.
    /// </summary>
    private static bool IsMixed(ServerEntry entry, ServerEntry other) =>
        !ReferenceEquals(entry, other) && entry.Node.Span.Start < other.Node.Span.End && other.Node.Span.Start < entry.Node.Span.End;

    private static ServerEntry Apart(ServerEntry entry) =>
        entry.State == EntryState.NotWrapped
            ? entry with
            {
                State = EntryState.LeftAlone,
                Reason = "its lines are mixed with those of another server",
            }
            : entry;

    private static ServerEntry Read(IReadOnlyList<string> path, ConfigNode node, ConfigLocation location, KmProgram km, ManagedRules? rules)
    {
        var shape = location.Shape;
        var command = EntryCommand.Of(node, shape);
        var address = command is null ? EntryAddress.Of(node, shape) : null;
        var entry = new ServerEntry
        {
            Name = path[^1],
            Path = path,
            Location = location,
            Node = node,
            Command = command,
            Address = address,
            State = EntryState.Unknown,
            IsOff = node.Find(shape.Off.Name) is { Kind: NodeKind.Other } off && off.Text == shape.Off.Value,
        };
        var (state, reason) = Classify(entry, km, rules);
        return entry with { State = state, Reason = reason };
    }

    private static (EntryState State, string? Reason) Classify(ServerEntry entry, KmProgram km, ManagedRules? rules)
    {
        var (command, address) = (entry.Command, entry.Address);
        if (command is { KmWords: > 0 })
            return (km.StateOf(command.Words), null);
        if (command is null && address is null)
            return (EntryState.LeftAlone, "its client provides it");
        if ((command?.WhyNot() ?? address?.WhyNot(entry.Location.Format)) is { } reason)
            return (EntryState.LeftAlone, reason);
        return rules?.WhyNot(entry.Name, command?.Words ?? [], address?.Text, entry.Through(km)) is { } rule
            ? (EntryState.Refused, rule)
            : (EntryState.NotWrapped, null);
    }

    /// <summary>The objects or lists of servers that some names lead to.</summary>
    private static IEnumerable<(IReadOnlyList<string> Path, ConfigNode Node)> Expand(
        ConfigNode node,
        IReadOnlyList<string> names,
        IReadOnlyList<string> path
    )
    {
        if (names is not [var name, ..])
            return node.Kind is NodeKind.Object or NodeKind.Array ? [(path, node)] : [];
        return node
            .Members.Where(member => name == "*" || member.Name == name)
            .SelectMany(member => Expand(member.Value, [.. names.Skip(1)], [.. path, member.Name]));
    }
}
