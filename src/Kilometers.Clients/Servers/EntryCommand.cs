using Kilometers.Clients.Catalog;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Servers;

/// <summary>The parts of an entry that say what is started.</summary>
internal sealed record EntryCommand
{
    /// <summary>The object that has the command: the entry, or an object in it.</summary>
    public required ConfigNode Owner { get; init; }

    /// <summary>The program's member.</summary>
    public required ConfigMember Program { get; init; }

    /// <summary>The arguments; null where there is no such member. Where the program is a list, that list.</summary>
    public ConfigNode? Arguments { get; init; }

    /// <summary>Whether the program is the first item of the list of its arguments.</summary>
    public bool IsList => Program.Value.Kind == NodeKind.Array;

    /// <summary>The program and its arguments. Values that are not text as they are written.</summary>
    public IReadOnlyList<string> Words
    {
        get
        {
            var arguments = Arguments?.Items.Select(item => item.Text) ?? [];
            return IsList ? [.. arguments] : [Program.Value.Text, .. arguments];
        }
    }

    /// <summary>How many of the words are km and what is km's, up to its <c>--</c>; 0: it does not run through km.</summary>
    public int KmWords => KmProgram.WordsIn(Words);

    /// <summary>Finds the command of an entry.</summary>
    /// <returns>Null where it has none.</returns>
    public static EntryCommand? Of(ConfigNode entry, EntryShape shape)
    {
        if (entry.Member(shape.Command) is not { } program)
            return null;
        if (program.Value.Kind == NodeKind.Object)
        {
            // {"command": {"path": …, "args": […]}}
            return program.Value.Member("path") is not { } path
                ? null
                : new EntryCommand
                {
                    Owner = program.Value,
                    Program = path,
                    Arguments = program.Value.Member(shape.Arguments)?.Value,
                };
        }

        return new EntryCommand
        {
            Owner = entry,
            Program = program,
            Arguments = program.Value.Kind == NodeKind.Array ? program.Value : entry.Member(shape.Arguments)?.Value,
        };
    }

    /// <summary>Why km cannot put itself in front of it.</summary>
    /// <returns>One clause; null: it can.</returns>
    public string? WhyNot()
    {
        if (Program.Value.IsFixed || Owner.IsFixed || Arguments is { IsFixed: true } || Arguments?.Items is [{ IsFixed: true }, ..])
            return "its command uses anchors, tags or several lines";
        if (Arguments is { Kind: NodeKind.Text or NodeKind.Object })
            return "its arguments are not a list";
        if (IsList ? Arguments!.Items is not [{ Kind: NodeKind.Text }, ..] : Program.Value.Kind != NodeKind.Text)
            return "its command is not text";
        if (KmProgram.IsBridge(Words))
            return "it runs km bridge as somebody set it up";
        var program = Words[0];
        if (program.Length == 0)
            return "its command is empty";
        if (program.StartsWith('~'))
            return "its command begins with ~, which only a shell or its client replaces";
        return !IsList && Words.Count == 1 && program.Contains(' ', StringComparison.Ordinal) && !File.Exists(program)
            ? "its command is one text with spaces, and only its client knows where to split it"
            : null;
    }
}
