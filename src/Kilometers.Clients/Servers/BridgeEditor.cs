using System.Text;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Servers;

/// <summary>
/// The changes that make of a server that a client reaches over HTTP one that it starts: <c>km bridge</c>, which reaches it; and the way back.
/// Headers become variables: their values stay as they are written.
/// </summary>
internal static class BridgeEditor
{
    /// <summary>Puts km in front of a server.</summary>
    /// <exception cref="ConfigSyntaxException">It is written in a way that km does not edit.</exception>
    public static IReadOnlyList<TextEdit> Wrap(ConfigDocument document, ServerEntry entry, KmProgram km)
    {
        var (address, shape) = (entry.Address!, entry.Shape);
        var words = address.Words(entry.Name, km, entry.Location.IsProject).Select(EntryText.Quote).ToList();
        List<TextEdit> edits = [EntryText.Rename(document, address.Address, shape.Command)];
        if (shape.IsList)
            edits.Add(new TextEdit(address.Address.Value.Span, EntryText.List(words)));
        else
        {
            edits.Add(new TextEdit(address.Address.Value.Span, words[0]));
            edits.Add(EntryText.Insert(document, entry.Node, address.Address, shape.Arguments, [.. words.Skip(1)]));
        }

        if (address.Headers is { } headers)
            edits.Add(EntryText.Rename(document, headers, shape.Environment));
        edits.AddRange(address.Variables.Select(one => Name(document, one.Header, one.Variable)));
        if (address.Bearer is { } bearer)
        {
            edits.Add(EntryText.Rename(document, bearer, shape.Inherited));
            edits.Add(new TextEdit(bearer.Value.Span, EntryText.List([EntryText.Quote(bearer.Value.Text)])));
        }

        if (entry.Node.Member(shape.Transport.Name) is { } transport)
            edits.Add(new TextEdit(transport.Value.Span, EntryText.Quote(shape.Transport.Command)));
        return edits;
    }

    /// <summary>Takes km away by the form of a command: for an entry without a record, such as one that a colleague committed.</summary>
    /// <exception cref="ConfigSyntaxException">It was not km that wrote it.</exception>
    public static IReadOnlyList<TextEdit> Unwrap(ConfigDocument document, ServerEntry entry)
    {
        var (command, shape) = (entry.Command!, entry.Shape);
        if (EntryAddress.TryRead(command.Words) is not var (address, headers, bearer) || command.Owner != entry.Node)
            throw Unknown(entry);
        List<TextEdit> edits =
        [
            EntryText.Rename(document, command.Program, shape.Addresses[0]),
            new(command.Program.Value.Span, EntryText.Quote(address)),
        ];
        if (!command.IsList)
            edits.Add(WithoutArguments(entry, command));
        if (headers.Count > 0)
        {
            if (entry.Node.Member(shape.Environment) is not { } variables || variables.Value.Members.Count != headers.Count)
                throw Unknown(entry);
            edits.Add(EntryText.Rename(document, variables, shape.Headers));
            foreach (var variable in variables.Value.Members)
                edits.Add(headers.TryGetValue(variable.Name, out var header) ? Name(document, variable, header) : throw Unknown(entry));
        }

        if (bearer is not null)
        {
            if (entry.Node.Member(shape.Inherited) is not { Value.Items: [{ Kind: NodeKind.Text } item] } names || item.Text != bearer)
                throw Unknown(entry);
            edits.Add(EntryText.Rename(document, names, shape.Bearer));
            edits.Add(new TextEdit(names.Value.Span, EntryText.Quote(bearer)));
        }

        if (entry.Node.Member(shape.Transport.Name) is { } transport)
            edits.Add(new TextEdit(transport.Value.Span, EntryText.Quote(shape.Transport.Http)));
        return edits;
    }

    /// <summary>Makes sure that changes do what they should and nothing else.</summary>
    /// <param name="before">The file before.</param>
    /// <param name="after">The file after.</param>
    /// <param name="entry">The entry that was changed.</param>
    /// <param name="words">What its command is to be; null: it is to have an address again.</param>
    /// <exception cref="ConfigSyntaxException">They do not.</exception>
    public static void Verify(ConfigDocument before, ConfigDocument after, ServerEntry entry, IReadOnlyList<string>? words)
    {
        var shape = entry.Shape;
        if (
            after.Root.Find(entry.Path) is not { } changed
            || !before.Root.Means(after.Root, new HashSet<ConfigNode> { entry.Node })
            || !(words is null ? HasAddress(changed) : EntryCommand.Of(changed, shape)?.Words.SequenceEqual(words) == true)
            || !Values(entry.Node).SequenceEqual(Values(changed))
            || !EntryEditor.AreSame(Others(entry.Node), Others(changed))
        )
            throw Unknown(entry);

        bool HasAddress(ConfigNode node) =>
            EntryCommand.Of(node, shape) is null && EntryAddress.Of(node, shape)?.Text == entry.Command!.Words[^1];

        // What headers and variables say, in this order.
        IEnumerable<string> Values(ConfigNode node) =>
            new[] { shape.Headers, shape.Environment }
                .Select(node.Member)
                .OfType<ConfigMember>()
                .SelectMany(member => member.Value.Members)
                .Select(member => member.Value.Text);

        IEnumerable<ConfigMember> Others(ConfigNode node) =>
            node.Members.Where(member =>
                member.Name != shape.Command
                && member.Name != shape.Arguments
                && member.Name != shape.Headers
                && member.Name != shape.Environment
                && member.Name != shape.Bearer
                && member.Name != shape.Inherited
                && member.Name != shape.Transport.Name
                && !shape.Addresses.Contains(member.Name)
            );
    }

    /// <summary>A member that has any name, not one of the client's.</summary>
    private static TextEdit Name(ConfigDocument document, ConfigMember member, string name)
    {
        var isPlain = document.Format != ConfigFormat.Json && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return new TextEdit(member.NameSpan, isPlain ? Encoding.UTF8.GetBytes(name) : EntryText.Quote(name));
    }

    /// <summary>The arguments and what is between them and the program.</summary>
    private static TextEdit WithoutArguments(ServerEntry entry, EntryCommand command)
    {
        var at = entry.Node.Members.IndexOf(command.Program);
        var arguments = entry.Node.Members.FindIndex(member => member.Value == command.Arguments);
        return Math.Abs(at - arguments) != 1 ? throw Unknown(entry)
            : at < arguments ? new TextEdit(new ByteSpan(command.Program.Value.Span.End, command.Arguments!.Span.End), [])
            : new TextEdit(new ByteSpan(entry.Node.Members[arguments].NameSpan.Start, command.Program.NameSpan.Start), []);
    }

    private static ConfigSyntaxException Unknown(ServerEntry entry) =>
        new("km does not edit an entry that is written like this", entry.Node.Span.Start);
}
