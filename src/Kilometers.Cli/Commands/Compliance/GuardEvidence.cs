using System.Text.Json.Serialization;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>An approval of changed definitions.</summary>
internal sealed record ApprovalEvidence
{
    public required long Seq { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>Who, as the operating system knows them; null in records of older versions.</summary>
    public string? User { get; init; }

    public required string Server { get; init; }

    public required string ServerId { get; init; }

    /// <summary>What was approved.</summary>
    public required string What { get; init; }

    /// <summary>Whether guard's own history has it, too. Not where the server changed again in that moment, nor where the history is gone.</summary>
    public bool IsInHistory { get; init; }
}

/// <summary>Definitions of a kind that guard saw for the first time.</summary>
internal sealed record PinEvidence(DateTimeOffset Time, string Server, string ServerId, DefinitionKind Kind, int Count);

/// <summary>A change of a definition.</summary>
internal sealed record ChangeEvidence
{
    public required DateTimeOffset Time { get; init; }

    public required string Code { get; init; }

    public required string Server { get; init; }

    public required string ServerId { get; init; }

    public required DefinitionKind Kind { get; init; }

    public required string Name { get; init; }

    public required ChangeKind What { get; init; }

    public string? Field { get; init; }

    public string? Before { get; init; }

    public string? After { get; init; }

    /// <summary>The session that saw it.</summary>
    public string? Session { get; init; }

    public required Handling Handling { get; init; }

    /// <summary>The approval.</summary>
    public HandledBy? By { get; init; }

    /// <summary>Calls of the tool that were stopped in the period after the change.</summary>
    public required int Stopped { get; init; }
}

/// <summary>Something that guard found.</summary>
internal sealed record FindingEvidence
{
    public required string Code { get; init; }

    public required Severity Severity { get; init; }

    public required string Server { get; init; }

    public required string ServerId { get; init; }

    public required string Subject { get; init; }

    public required string Summary { get; init; }

    public required string Evidence { get; init; }

    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last found; null: after the period.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    public required Handling Handling { get; init; }

    /// <summary>The approval.</summary>
    public HandledBy? By { get; init; }
}

/// <summary>The approval by which something was handled.</summary>
/// <param name="Time">When.</param>
/// <param name="User">Who, by the audit log; null where it does not say.</param>
/// <param name="Seq">The record of the audit log; null: it has none, and only guard's own history says so.</param>
internal sealed record HandledBy(DateTimeOffset Time, string? User, long? Seq);

/// <summary>What became of a change or a finding until the end of the period.</summary>
[JsonConverter(typeof(CamelCaseEnum<Handling>))]
internal enum Handling
{
    /// <summary>Nobody has done anything.</summary>
    Open,

    /// <summary>Calls were stopped because of it, and nobody has approved it.</summary>
    Denied,

    /// <summary>Somebody approved it.</summary>
    Approved,

    /// <summary>The server took it back before anybody approved it.</summary>
    Withdrawn,

    /// <summary>The settings of guard say that such findings are not wanted.</summary>
    Ignored,

    /// <summary>Resources come and go; that needs no approval.</summary>
    NotNeeded,
}
