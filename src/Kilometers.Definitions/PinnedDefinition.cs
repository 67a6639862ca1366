namespace Kilometers.Definitions;

/// <summary>A definition with what was approved of it, and what the server sends now.</summary>
public sealed class PinnedDefinition
{
    /// <summary>The kind.</summary>
    public required DefinitionKind Kind { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>When the server first sent it.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>What was approved; null: the definition was added since.</summary>
    public SortedDictionary<string, DefinitionField>? Approved { get; set; }

    /// <summary>What the server sends now, where that is not what was approved.</summary>
    public SortedDictionary<string, DefinitionField>? Pending { get; set; }

    /// <summary>Whether the server stopped listing it.</summary>
    public bool IsGone { get; set; }

    /// <summary>What the server sent last.</summary>
    internal SortedDictionary<string, DefinitionField>? Latest => IsGone ? null : Pending ?? Approved;

    /// <summary>How the server's definition differs from the approved one, field by field.</summary>
    public IReadOnlyList<DefinitionChange> Changes => DefinitionChange.Between(Kind, Name, Approved, Latest);
}
