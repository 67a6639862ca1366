namespace Kilometers.Clients.Syntax;

/// <summary>One change of a file's bytes.</summary>
/// <param name="Span">What goes; empty: only something new comes.</param>
/// <param name="Replacement">What comes in its place.</param>
internal sealed record TextEdit(ByteSpan Span, byte[] Replacement)
{
    /// <summary>Makes changes. Every byte outside them stays.</summary>
    /// <param name="source">The file.</param>
    /// <param name="edits">Changes that do not overlap, in any order.</param>
    public static byte[] Apply(ReadOnlySpan<byte> source, IEnumerable<TextEdit> edits)
    {
        using var result = new MemoryStream(source.Length + 256);
        var at = 0;
        foreach (var edit in edits.OrderBy(edit => edit.Span.Start).ThenBy(edit => edit.Span.End))
        {
            if (edit.Span.Start < at || edit.Span.End < edit.Span.Start)
                throw new InvalidOperationException("two changes of a file overlap");
            result.Write(source[at..edit.Span.Start]);
            result.Write(edit.Replacement);
            at = edit.Span.End;
        }

        result.Write(source[at..]);
        return result.ToArray();
    }
}
