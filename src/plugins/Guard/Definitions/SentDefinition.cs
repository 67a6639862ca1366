using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>One value in a definition, as the server sent it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Text">The value; of what is not a string, its JSON.</param>
internal readonly record struct SentField(string Path, string Text);

/// <summary>A definition, as the server sent it.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">The name; unique in its list.</param>
/// <param name="Fields">Its values, the name included.</param>
internal sealed record SentDefinition(DefinitionKind Kind, string Name, IReadOnlyList<SentField> Fields)
{
    /// <summary>What people call it.</summary>
    public string Subject => DefinitionSubject.Of(Kind, Name);

    public string? this[string path] => Fields.FirstOrDefault(field => field.Path == path).Text;

    /// <summary>The same as it is pinned.</summary>
    /// <param name="mask">Masks secrets.</param>
    /// <param name="maxText">Characters of each value that are kept to be shown.</param>
    public Definition Pin(Func<string, string> mask, int maxText = DefinitionField.MaxText)
    {
        var fields = new SortedDictionary<string, DefinitionField>(StringComparer.Ordinal);
        foreach (var field in Fields)
            fields[field.Path] = DefinitionField.Of(field.Text, mask, maxText);
        return new(Name, fields);
    }
}
