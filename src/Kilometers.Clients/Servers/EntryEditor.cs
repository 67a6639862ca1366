using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Servers;

/// <summary>The changes that put km in front of a server's command, and that take it away.</summary>
internal static class EntryEditor
{
    /// <summary>Puts km in front of a command.</summary>
    /// <exception cref="ConfigSyntaxException">It is written in a way that km does not edit.</exception>
    public static IReadOnlyList<TextEdit> Wrap(ConfigDocument document, ServerEntry entry, KmProgram km)
    {
        var command = entry.Command!;
        var before = km.Before(entry.Name, entry.Location.IsProject).Select(EntryText.Quote).ToList();
        if (command.IsList)
            return [EntryText.Prepend(document, command.Arguments!, before)];

        // The server's program becomes an argument: as it was written, where such text may be anywhere.
        var program = command.Program.Value;
        byte[] moved = document.Format == ConfigFormat.Yaml ? EntryText.Quote(program.Text) : document.BytesOf(program).ToArray();
        var arguments = before.Skip(1).Append(moved).ToList();
        return
        [
            new TextEdit(program.Span, before[0]),
            command.Arguments switch
            {
                null => EntryText.Insert(document, command.Owner, command.Program, entry.Shape.Arguments, arguments),
                { Kind: NodeKind.Array } list => EntryText.Prepend(document, list, arguments),

                // "args": null; in YAML perhaps nothing at all.
                var nothing => new TextEdit(
                    nothing.Span,
                    nothing.Span.Length == 0 ? [(byte)' ', .. EntryText.List(arguments)] : EntryText.List(arguments)
                ),
            },
        ];
    }

    /// <summary>Takes km away by the form of a command: for an entry without a record, such as one that a colleague committed.</summary>
    public static IReadOnlyList<TextEdit> Unwrap(ConfigDocument document, ServerEntry entry)
    {
        var command = entry.Command!;
        var count = command.KmWords;
        if (command.IsList)
            return [EntryText.RemoveFirst(command.Arguments!, count)];
        var program = command.Arguments!.Items[count - 1];
        byte[] moved = document.Format == ConfigFormat.Yaml ? EntryText.Quote(program.Text) : document.BytesOf(program).ToArray();
        return [new TextEdit(command.Program.Value.Span, moved), EntryText.RemoveFirst(command.Arguments, count)];
    }

    /// <summary>Makes sure that changes do what they should and nothing else.</summary>
    /// <param name="before">The file before.</param>
    /// <param name="after">The file after.</param>
    /// <param name="entry">The entry that was changed.</param>
    /// <param name="words">What its command is to be.</param>
    /// <exception cref="ConfigSyntaxException">They do not.</exception>
    public static void Verify(ConfigDocument before, ConfigDocument after, ServerEntry entry, IReadOnlyList<string> words)
    {
        var changed = after.Root.Find(entry.Path);
        if (
            changed is null
            || EntryCommand.Of(changed, entry.Shape) is not { } command
            || !command.Words.SequenceEqual(words)
            || !before.Root.Means(after.Root, new HashSet<ConfigNode> { entry.Node })
            || !AreSame(Others(entry.Node, entry.Command!), Others(changed, command))
        )
            throw new ConfigSyntaxException("km does not edit an entry that is written like this", entry.Node.Span.Start);
    }

    /// <summary>Whether members mean the same, in the same order.</summary>
    public static bool AreSame(IEnumerable<ConfigMember> some, IEnumerable<ConfigMember> others) =>
        some.SequenceEqual(others, Same.Instance);

    /// <summary>What an entry has besides its command.</summary>
    private static IEnumerable<ConfigMember> Others(ConfigNode entry, EntryCommand command) =>
        entry
            .Members.Concat(command.Owner == entry ? [] : command.Owner.Members)
            .Where(member => member != command.Program && member.Value != command.Arguments && member.Value != command.Owner);

    private sealed class Same : IEqualityComparer<ConfigMember>
    {
        public static Same Instance { get; } = new();

        public bool Equals(ConfigMember? one, ConfigMember? other) =>
            one is not null && other is not null && one.Name == other.Name && one.Value.Means(other.Value);

        public int GetHashCode(ConfigMember member) => member.Name.GetHashCode(StringComparison.Ordinal);
    }
}
