using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kilometers.Clients.Syntax;

/// <summary>YAML by the events of YamlDotNet's parser, which say where each part is. One document; a name is there once.</summary>
internal sealed partial class YamlReader(byte[] bytes, int start)
{
    private readonly Parser _parser = new(new Scanner(new StringReader(MappedText.Of(bytes.AsSpan(start))), skipComments: true));

    /// <exception cref="ConfigSyntaxException">It is not such YAML.</exception>
    public ConfigNode Read()
    {
        try
        {
            Next<StreamStart>();
            _parser.MoveNext();
            if (_parser.Current is StreamEnd)
                return new ConfigNode { Kind = NodeKind.Object, Span = new ByteSpan(start, start) };
            _parser.MoveNext();
            var root = Node(0, isFixed: false);
            Next<DocumentEnd>();
            Next<StreamEnd>();
            return root;
        }
        catch (YamlException e)
        {
            throw new ConfigSyntaxException(e.Message, Offset(e.Start));
        }
        catch (Exception e) when (e is not ConfigSyntaxException)
        {
            // The scanner throws other exceptions too at some text that is not YAML.
            throw new ConfigSyntaxException("this is not YAML", _parser.Current is { } last ? Offset(last.End) : start);
        }
    }

    /// <summary>Reads the node of the current event, and leaves its last event the current one.</summary>
    private ConfigNode Node(int depth, bool isFixed)
    {
        if (depth == ConfigDocument.MaxDepth)
            throw new ConfigSyntaxException("this is nested too deeply", Offset(_parser.Current!.Start));
        if (_parser.Current is AnchorAlias alias)
            return new ConfigNode
            {
                Kind = NodeKind.Other,
                Span = SpanOf(alias),
                Text = MappedText.Of(bytes.AsSpan(SpanOf(alias).Start, SpanOf(alias).Length)),
                IsFixed = true,
            };
        if (_parser.Current is not NodeEvent node)
            throw new ConfigSyntaxException("a value is expected", Offset(_parser.Current!.Start));
        isFixed |= !node.Anchor.IsEmpty || !node.Tag.IsEmpty;
        return node switch
        {
            MappingStart mapping => Mapping(mapping, depth, isFixed),
            SequenceStart sequence => Sequence(sequence, depth, isFixed),
            _ => Leaf((Scalar)node, isFixed),
        };
    }

    private ConfigNode Leaf(Scalar scalar, bool isFixed)
    {
        var span = SpanOf(scalar);
        var isText = scalar.Style != ScalarStyle.Plain || !NotText().IsMatch(scalar.Value);
        return new ConfigNode
        {
            Kind = isText ? NodeKind.Text : NodeKind.Other,
            Span = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded ? WithoutBlankLines(span) : span,
            Text = MappedText.Meaning(scalar.Value, bytes.AsSpan(span.Start, span.Length), span.Start),
            IsFixed = isFixed || bytes.AsSpan(span.Start, span.Length).Contains((byte)'\n'),
        };
    }

    /// <summary>
    /// A text in lines ends with its last one. For the parser, the blank lines behind it are part of it, too: another program may have added
    /// them with what follows, and they stay when km takes back what it changed.
    /// </summary>
    private ByteSpan WithoutBlankLines(ByteSpan span)
    {
        var text = bytes.AsSpan(span.Start, span.Length);
        var last = text.LastIndexOfAnyExcept(" \t\r\n"u8);
        var end = last < 0 ? -1 : text[last..].IndexOfAny("\r\n"u8);
        return end < 0 ? span : new ByteSpan(span.Start, span.Start + last + end);
    }

    private ConfigNode Mapping(MappingStart mapping, int depth, bool isFixed)
    {
        var node = new ConfigNode
        {
            Kind = NodeKind.Object,
            IsBlock = mapping.Style != MappingStyle.Flow,
            IsFixed = isFixed,
        };
        var first = Offset(mapping.Start);
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            var name = Node(depth + 1, isFixed);
            if (name.Kind is NodeKind.Object or NodeKind.Array)
                throw new ConfigSyntaxException("a name is expected", name.Span.Start);
            if (node.Member(name.Text) is not null)
                throw new ConfigSyntaxException($"the name \"{name.Text}\" is there twice", name.Span.Start);
            _parser.MoveNext();
            node.Members.Add(new ConfigMember(name.Text, name.Span, Node(depth + 1, isFixed)));
        }

        End(node, first, '}');
        return node;
    }

    private ConfigNode Sequence(SequenceStart sequence, int depth, bool isFixed)
    {
        var node = new ConfigNode
        {
            Kind = NodeKind.Array,
            IsBlock = sequence.Style != SequenceStyle.Flow,
            IsFixed = isFixed,
        };
        var first = Offset(sequence.Start);
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
            node.Items.Add(Node(depth + 1, isFixed));
        End(node, first, ']');
        return node;
    }

    /// <summary>A block ends where its last part does: the event comes only with what follows.</summary>
    private void End(ConfigNode node, int first, char bracket)
    {
        var end = Offset(_parser.Current!.End);
        if (node.IsBlock)
            end = node.Items.LastOrDefault()?.Span.End ?? node.Members.LastOrDefault()?.Value.Span.End ?? first;
        else if (end < bytes.Length && bytes[end] == bracket)
            end++;
        node.Span = new ByteSpan(first, end);
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (!_parser.MoveNext() || _parser.Current is not T)
            throw new ConfigSyntaxException(
                "one document is expected, and something follows it",
                _parser.Current is { } found ? Offset(found.Start) : bytes.Length
            );
    }

    private ByteSpan SpanOf(ParsingEvent found) => new(Offset(found.Start), Offset(found.End));

    private int Offset(Mark mark) => Math.Min(bytes.Length, start + (int)mark.Index);

    /// <summary>What a word without quotes means that is not text: nothing, a boolean, a number.</summary>
    [GeneratedRegex(
        @"^(~|null|Null|NULL||true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+"
            + @"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    )]
    private static partial Regex NotText();
}
