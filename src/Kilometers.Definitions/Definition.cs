namespace Kilometers.Definitions;

/// <summary>A definition as a server sent it.</summary>
/// <param name="Name">Its name; unique in its list.</param>
/// <param name="Fields">Its values by their paths.</param>
public sealed record Definition(string Name, SortedDictionary<string, DefinitionField> Fields)
{
    /// <summary>Whether two sets of fields are the same.</summary>
    public static bool AreSame(SortedDictionary<string, DefinitionField> one, SortedDictionary<string, DefinitionField> other) =>
        one.Count == other.Count && one.All(field => other.TryGetValue(field.Key, out var same) && same.Hash == field.Value.Hash);
}

/// <summary>The definitions of one kind that a server listed.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Definitions">The definitions.</param>
/// <param name="IsComplete">Whether the list has no further pages: then what is not in it is gone.</param>
public sealed record DefinitionList(DefinitionKind Kind, IReadOnlyList<Definition> Definitions, bool IsComplete);
