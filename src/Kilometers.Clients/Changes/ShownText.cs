using System.Text;
using Kilometers.Clients.Catalog;
using Kilometers.Clients.Servers;
using Kilometers.Clients.Syntax;

namespace Kilometers.Clients.Changes;

/// <summary>
/// A configuration as it may be shown. Only what is known to be harmless is: names, brackets, and in a server's entry its command and a few
/// settings. Every other value is hidden, and so are comments: people keep old keys in them.
/// </summary>
internal sealed class ShownText
{
    private const string Hidden = "***";
    private const char Comment = '…';
    private const string Structure = " \t\r\n{}[],:=.-\"'";

    private static readonly HashSet<string> Harmless =
    [
        "command",
        "cmd",
        "path",
        "args",
        "type",
        "transport",
        "name",
        "disabled",
        "enabled",
        "timeout",
        "cwd",
    ];

    private readonly byte[] _bytes;
    private readonly Func<string, string> _redact;
    private readonly List<(ByteSpan Span, string Text)> _parts = [];

    /// <param name="document">The file.</param>
    /// <param name="entries">The servers in it.</param>
    /// <param name="redact">Takes out of a text what looks like a secret.</param>
    public ShownText(ConfigDocument document, IEnumerable<ServerEntry> entries, Func<string, string> redact)
    {
        (_bytes, _redact) = (document.Bytes, redact);
        var servers = entries.Select(entry => entry.Node).ToHashSet();
        Add(document.Root, servers, isHarmless: false);

        // Of two that begin together, the one that has the other in it.
        _parts.Sort((one, other) => (one.Span.Start, -one.Span.End).CompareTo((other.Span.Start, -other.Span.End)));
        Lines = [.. Split(Text()).Select(line => line.TrimEnd('\r'))];
        Source = Split(Encoding.Latin1.GetString(_bytes));
    }

    /// <summary>The lines as they are shown. Hidden values over several lines keep their lines.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The lines as they are, to compare.</summary>
    public IReadOnlyList<string> Source { get; }

    private void Add(ConfigNode node, HashSet<ConfigNode> servers, bool isHarmless)
    {
        var isServer = servers.Contains(node);
        foreach (var member in node.Members)
        {
            _parts.Add((member.NameSpan, Raw(member.NameSpan)));

            // What is behind a "?" or before an "@" may be a key.
            var isAddress = isServer && EntryShape.Usual.Addresses.Contains(member.Name) && member.Value.Text.IndexOfAny(['?', '@']) < 0;
            Add(member.Value, servers, isAddress || ((isServer || isHarmless) && Harmless.Contains(member.Name)));
        }

        for (var at = 0; at < node.Items.Count; at++)
        {
            var item = node.Items[at];
            if (isHarmless && item.Kind == NodeKind.Text && IsSecret(at > 0 ? node.Items[at - 1].Text : "", item.Text))
                _parts.Add((item.Span, Mask(item)));
            else
                Add(item, servers, isHarmless);
        }

        if (node.Kind is NodeKind.Text or NodeKind.Other)
            _parts.Add((node.Span, isHarmless && _redact(node.Text) == node.Text ? Raw(node.Span) : Mask(node)));
    }

    /// <summary>Whether a word looks like a secret, by itself or as the value of the option before it.</summary>
    private bool IsSecret(string before, string word)
    {
        var both = $"{before} {word}";
        return _redact(word) != word || (_redact(before) == before && _redact(both) != both);
    }

    private string Text()
    {
        var text = new StringBuilder();
        var at = 0;
        foreach (var (span, shown) in _parts)
        {
            if (span.Start < at)
                continue;
            Gap(text, at, span.Start);
            text.Append(shown);
            at = span.End;
        }

        Gap(text, at, _bytes.Length);
        return text.ToString();
    }

    /// <summary>What is between values: brackets and spaces, or comments.</summary>
    private void Gap(StringBuilder text, int start, int end)
    {
        var isComment = false;
        foreach (var c in Encoding.UTF8.GetString(_bytes.AsSpan(start, end - start)).TrimStart('\ufeff'))
        {
            if (c == '\n')
                isComment = false;
            else if (!isComment && !Structure.Contains(c, StringComparison.Ordinal))
            {
                isComment = true;
                text.Append(Comment);
            }

            if (!isComment)
                text.Append(c);
        }
    }

    private string Mask(ConfigNode node)
    {
        var lines = _bytes.AsSpan(node.Span.Start, node.Span.Length).Count((byte)'\n');
        return (
                node.Span.Length == 0 ? ""
                : node.Kind == NodeKind.Text ? $"\"{Hidden}\""
                : Hidden
            ) + new string('\n', lines);
    }

    private string Raw(ByteSpan span) => Encoding.UTF8.GetString(_bytes, span.Start, span.Length);

    /// <summary>The lines; what follows the last line's end is one only if there is something.</summary>
    private static string[] Split(string text) => text.Split('\n') is [.. var lines, ""] ? lines : text.Split('\n');
}
