using System.Globalization;
using System.Text.Json;

namespace Kilometers.Rules.Matching;

/// <summary>
/// One search for the values at a path. It goes through the value once and knows of each place how far along the path it may be, so that
/// several <c>**</c> cost no more than the number of the path's steps.
/// </summary>
internal sealed class PathSearch
{
    private readonly IReadOnlyList<string> _steps;
    private readonly List<FoundValue> _found = [];

    private PathSearch(IReadOnlyList<string> steps) => _steps = steps;

    /// <summary>The values, in the order of the message.</summary>
    public IReadOnlyList<FoundValue> Found => _found;

    /// <summary>How many objects, arrays and values were looked at.</summary>
    public int Visited { get; private set; }

    /// <summary>Searches a value.</summary>
    /// <param name="steps">The path.</param>
    /// <param name="root">The value.</param>
    public static PathSearch In(IReadOnlyList<string> steps, JsonElement root)
    {
        var search = new PathSearch(steps);
        search.Visit(root, search.Reach([], 0), null);
        return search;
    }

    /// <param name="element">What is there.</param>
    /// <param name="reached">How many steps of the path may lead here, rising.</param>
    /// <param name="place">Where it is; null: the root.</param>
    private void Visit(JsonElement element, List<int> reached, FoundPlace? place)
    {
        Visited++;
        if (reached[^1] == _steps.Count && TextOf(element) is { } text)
            _found.Add(new FoundValue(place, text));
        if (element.ValueKind == JsonValueKind.Object)
        {
            // All members, of which JSON may have several of one name: the reader that acts on the message may take either.
            foreach (var member in element.EnumerateObject())
                VisitChild(member.Value, reached, new FoundPlace(place, member.Name));
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
                VisitChild(item, reached, new FoundPlace(place, (index++).ToString(CultureInfo.InvariantCulture)));
        }
    }

    private void VisitChild(JsonElement child, List<int> reached, FoundPlace place)
    {
        List<int> next = [];
        foreach (var step in reached)
        {
            if (step == _steps.Count)
                continue;
            if (_steps[step] == ArgumentPath.AnyDepth)
                Reach(next, step);
            else if (_steps[step] == ArgumentPath.Any || _steps[step] == place.Name)
                Reach(next, step + 1);
        }

        if (next.Count > 0)
            Visit(child, next, place);
    }

    /// <summary>Adds a number of steps, and those that follow from it: <c>**</c> stands for no step as well.</summary>
    private List<int> Reach(List<int> reached, int step)
    {
        while (reached.Count == 0 || reached[^1] < step)
        {
            reached.Add(step);
            if (step < _steps.Count && _steps[step] == ArgumentPath.AnyDepth)
                step++;
        }

        return reached;
    }

    private static string? TextOf(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Undefined => null,
            _ => element.GetRawText(),
        };
}

/// <summary>A member or element of something.</summary>
/// <param name="Parent">Of what; null: of the root.</param>
/// <param name="Name">Its name or index.</param>
internal sealed record FoundPlace(FoundPlace? Parent, string Name);

/// <summary>A value that a path leads to: a string, number, true, false or null. Objects and arrays are places, not values.</summary>
/// <param name="Place">Where it is; null: it is the root.</param>
/// <param name="Text">The value as text.</param>
internal sealed record FoundValue(FoundPlace? Place, string Text)
{
    /// <summary>Where it is, as people write it. Made only when somebody wants to see it: names may be long, and places many.</summary>
    public string Path
    {
        get
        {
            var names = new Stack<string>();
            for (var place = Place; place is not null; place = place.Parent)
                names.Push(place.Name);
            return string.Concat(names.Select(name => $"/{name}"));
        }
    }
}
