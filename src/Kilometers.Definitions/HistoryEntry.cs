using System.Text.Json.Serialization;

namespace Kilometers.Definitions;

/// <summary>What happened to a server's definitions.</summary>
[JsonConverter(typeof(CamelCaseEnum<HistoryEvent>))]
public enum HistoryEvent
{
    /// <summary>Definitions of a kind were seen for the first time, and pinned.</summary>
    Pinned,

    /// <summary>The server changed a definition.</summary>
    Changed,

    /// <summary>The user approved what the server sends.</summary>
    Approved,
}

/// <summary>One line of a server's history.</summary>
public sealed record HistoryEntry
{
    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What.</summary>
    public required HistoryEvent Event { get; init; }

    /// <summary>The session that saw it; null where it was a command.</summary>
    public string? Session { get; init; }

    /// <summary>The change, of <see cref="HistoryEvent.Changed"/>.</summary>
    public DefinitionChange? Change { get; init; }

    /// <summary>How many definitions or changes it is about, of the others.</summary>
    public int? Count { get; init; }

    /// <summary>The kind, of <see cref="HistoryEvent.Pinned"/>.</summary>
    public DefinitionKind? Kind { get; init; }
}
