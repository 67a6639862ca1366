using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Kilometers.Clients.Syntax;

/// <summary>TOML by Tomlyn's syntax tree, which knows where each part is.</summary>
internal sealed class TomlReader(byte[] bytes, int start)
{
    private readonly ConfigNode _root = new() { Kind = NodeKind.Object, IsBlock = true };

    /// <exception cref="ConfigSyntaxException">It is not TOML.</exception>
    public ConfigNode Read()
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(
                MappedText.Of(bytes.AsSpan(start)),
                new TomlSerializerOptions { MaxDepth = ConfigDocument.MaxDepth }
            );
        }
        catch (TomlException e)
        {
            throw new ConfigSyntaxException(e.Message, start);
        }
        catch (Exception e) when (e is not ConfigSyntaxException)
        {
            throw new ConfigSyntaxException("this is not TOML", start);
        }

        if (document.Diagnostics.FirstOrDefault(message => message.Kind == DiagnosticMessageKind.Error) is { } error)
            throw new ConfigSyntaxException(error.Message, start + error.Span.Start.Offset);
        foreach (var pair in document.KeyValues)
            Add(_root, pair);
        foreach (var table in document.Tables)
            Table(table);
        _root.Span = new ByteSpan(start, bytes.Length);
        return _root;
    }

    private void Table(TableSyntaxBase table)
    {
        var parts = Parts(table.Name!);
        var name = parts[^1].Name;
        var place = new ByteSpan(parts[0].Place.Start, parts[^1].Place.End);
        var above = Descend(_root, parts[..^1]);
        ConfigNode? node;
        if (table is TableArraySyntax)
        {
            var list = above.Member(name)?.Value;
            if (list is null)
                above.Members.Add(new ConfigMember(name, place, list = new ConfigNode { Kind = NodeKind.Array, IsBlock = true }));
            list.Items.Add(node = new ConfigNode { Kind = NodeKind.Object, IsBlock = true });
        }
        else if ((node = above.Member(name)?.Value) is null)
        {
            above.Members.Add(new ConfigMember(name, place, node = new ConfigNode { Kind = NodeKind.Object, IsBlock = true }));
        }

        foreach (var pair in table.Items)
            Add(node, pair);

        // Without the comments and empty lines that follow: they belong to the next table, or to nobody.
        var first = start + table.OpenBracket!.Span.Start.Offset;
        var last = table.Items.LastOrDefault() is { Value: { } value }
            ? SpanOf(value).End
            : start + table.CloseBracket!.Span.End.Offset + 1;
        node.Span = new ByteSpan(first, last);
    }

    private void Add(ConfigNode table, KeyValueSyntax pair)
    {
        var parts = Parts(pair.Key!);
        var value = Value(pair.Value!);
        for (var at = 0; at < parts.Count - 1; at++)
        {
            // "a.b = 1" makes a table whose place is that of its values.
            var inner = Descend(table, parts.GetRange(at, 1));
            if (inner.Span == default)
                inner.Span = parts[at + 1].Place;
            inner.Span = new ByteSpan(Math.Min(inner.Span.Start, parts[0].Place.Start), value.Span.End);
            table = inner;
        }

        // The name with what is before it on its line, so that another one can be written in the same way.
        table.Members.Add(new ConfigMember(parts[^1].Name, new ByteSpan(parts[0].Place.Start, parts[^1].Place.End), value));
    }

    /// <summary>The table that some names lead to, made where it is missing; of an array of tables, the last one.</summary>
    private static ConfigNode Descend(ConfigNode node, IEnumerable<(string Name, ByteSpan Place)> path)
    {
        foreach (var (name, place) in path)
        {
            var next = node.Member(name)?.Value;
            if (next is null)
                node.Members.Add(new ConfigMember(name, place, next = new ConfigNode { Kind = NodeKind.Object, IsBlock = true }));
            node = next.Kind == NodeKind.Array ? next.Items[^1] : next;
        }

        return node;
    }

    private ConfigNode Value(ValueSyntax value)
    {
        var span = SpanOf(value);
        switch (value)
        {
            case ArraySyntax array:
                var list = new ConfigNode { Kind = NodeKind.Array, Span = span };
                list.Items.AddRange(array.Items.Select(item => Value(item.Value!)));
                return list;
            case InlineTableSyntax table:
                var inline = new ConfigNode { Kind = NodeKind.Object, Span = span };
                foreach (var item in table.Items)
                    Add(inline, item.KeyValue!);
                return inline;
            case StringValueSyntax text:
                return new ConfigNode
                {
                    Kind = NodeKind.Text,
                    Span = span,
                    Text = Meaning(text.Value!, span),
                };
            default:
                return new ConfigNode
                {
                    Kind = NodeKind.Other,
                    Span = span,
                    Text = MappedText.Of(bytes.AsSpan(span.Start, span.Length)),
                };
        }
    }

    private List<(string Name, ByteSpan Place)> Parts(KeySyntax key) => [Part(key.Key!), .. key.DotKeys.Select(part => Part(part.Key!))];

    private (string Name, ByteSpan Place) Part(BareKeyOrStringValueSyntax part)
    {
        var span = SpanOf(part);
        return (part is StringValueSyntax text ? Meaning(text.Value!, span) : ((BareKeySyntax)part).Key!.Text!, span);
    }

    private string Meaning(string value, ByteSpan span) => MappedText.Meaning(value, bytes.AsSpan(span.Start, span.Length), span.Start);

    private ByteSpan SpanOf(SyntaxNode node) => new(start + node.Span.Start.Offset, start + node.Span.End.Offset + 1);
}
