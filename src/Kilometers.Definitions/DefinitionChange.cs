using System.Text.Json.Serialization;

namespace Kilometers.Definitions;

/// <summary>What a change did.</summary>
[JsonConverter(typeof(CamelCaseEnum<ChangeKind>))]
public enum ChangeKind
{
    /// <summary>A field has another value, or the field was added to a definition or taken from it.</summary>
    Changed,

    /// <summary>A whole definition was added.</summary>
    Added,

    /// <summary>A whole definition was removed.</summary>
    Removed,
}

/// <summary>One difference between two states of a definition.</summary>
public sealed record DefinitionChange
{
    /// <summary>The kind of the definition.</summary>
    public required DefinitionKind Kind { get; init; }

    /// <summary>The name of the definition.</summary>
    public required string Name { get; init; }

    /// <summary>What happened.</summary>
    public required ChangeKind What { get; init; }

    /// <summary>The path of the field; null where the whole definition was added or removed.</summary>
    public string? Field { get; init; }

    /// <summary>The value before; null: there was none.</summary>
    public string? Before { get; init; }

    /// <summary>The value after; null: there is none.</summary>
    public string? After { get; init; }

    /// <summary>The differences between two states.</summary>
    internal static IReadOnlyList<DefinitionChange> Between(
        DefinitionKind kind,
        string name,
        SortedDictionary<string, DefinitionField>? before,
        SortedDictionary<string, DefinitionField>? after
    )
    {
        if (before is null || after is null)
        {
            if (before is null && after is null)
                return [];
            var shown = (before ?? after)!.GetValueOrDefault("description")?.Text;
            return
            [
                new()
                {
                    Kind = kind,
                    Name = name,
                    What = before is null ? ChangeKind.Added : ChangeKind.Removed,
                    Before = before is null ? null : shown,
                    After = after is null ? null : shown,
                },
            ];
        }

        return
        [
            .. before
                .Keys.Union(after.Keys)
                .Order(StringComparer.Ordinal)
                .Select(field => (Field: field, Before: before.GetValueOrDefault(field), After: after.GetValueOrDefault(field)))
                .Where(pair => pair.Before?.Hash != pair.After?.Hash)
                .Select(pair => new DefinitionChange
                {
                    Kind = kind,
                    Name = name,
                    What = ChangeKind.Changed,
                    Field = pair.Field,
                    Before = pair.Before?.Text,
                    After = pair.After?.Text,
                }),
        ];
    }
}
