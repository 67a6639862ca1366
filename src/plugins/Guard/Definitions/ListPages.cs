using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>Puts together a list that a server sends in pages. Where a page is missing, the list counts as incomplete.</summary>
/// <param name="kind">The kind of its definitions.</param>
internal sealed class ListPages(DefinitionKind kind)
{
    private const int MaxPages = 1000;

    private readonly List<SentDefinition> _definitions = [];
    private string? _expected;
    private int _pages;

    /// <summary>Whether pages are here that no complete list came of.</summary>
    public bool HasOpen => _definitions.Count > 0;

    /// <summary>Takes a page.</summary>
    /// <param name="cursor">The cursor of its request; null: the first page.</param>
    /// <param name="next">The cursor of the next page; null: this is the last.</param>
    /// <param name="page">Its definitions.</param>
    /// <returns>All definitions, once the last page is here, or that can be taken as they are; else null.</returns>
    public (IReadOnlyList<SentDefinition> Definitions, bool IsComplete)? Add(
        string? cursor,
        string? next,
        IReadOnlyList<SentDefinition> page
    )
    {
        if (cursor is null)
        {
            _definitions.Clear();
            _pages = 0;
        }
        else if (cursor != _expected || _definitions.Count + page.Count > DefinitionReader.MaxDefinitions * 4 || _pages >= MaxPages)
        {
            // Not the page that follows: what is on it is looked at, and nothing is taken for gone.
            return (page, false);
        }

        _pages++;
        _expected = next;
        Append(page);
        return next is null ? (Take(), true) : null;
    }

    /// <summary>The pages of a list that was not read to its end.</summary>
    public IReadOnlyList<SentDefinition> Take()
    {
        SentDefinition[] all = [.. _definitions];
        _definitions.Clear();
        _expected = null;
        return all;
    }

    /// <summary>Names are unique on a page; between pages they need not be.</summary>
    private void Append(IReadOnlyList<SentDefinition> page)
    {
        var names = _definitions.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var definition in page)
        {
            var name = definition.Name;
            for (var number = 2; !names.Add(name); number++)
                name = FormattableString.Invariant($"{definition.Name} ({number})");
            _definitions.Add(name == definition.Name ? definition : definition with { Name = name });
        }
    }

    /// <summary>What the list consists of.</summary>
    public DefinitionKind Kind => kind;
}
