using System.Text.Json.Serialization;
using Kilometers.Definitions;
using Kilometers.Rules;
using Kilometers.Rules.Reading;

namespace Kilometers.Cli.Commands.Guard;

/// <summary>What <c>km guard list --json</c> prints. Members are added, never changed.</summary>
internal sealed record GuardReport(IReadOnlyList<GuardedServerListing> Servers);

/// <summary>A server in a list.</summary>
internal sealed record GuardedServerListing
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Command { get; init; }

    public required DateTimeOffset FirstSeen { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    public required int Definitions { get; init; }

    public required int Pending { get; init; }

    public required int Findings { get; init; }

    public static GuardedServerListing Of(ServerRecord server) =>
        new()
        {
            Id = server.Key,
            Name = server.Label,
            Command = server.Command,
            FirstSeen = server.FirstSeen,
            LastSeen = server.LastSeen,
            Definitions = server.Definitions.Count,
            Pending = server.Pending.Count(),
            Findings = server.Findings.Count,
        };
}

/// <summary>What <c>km guard show --json</c> prints.</summary>
internal sealed record GuardedServerDetails(
    GuardedServerListing Server,
    IReadOnlyList<DefinitionChange> Pending,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<PinnedDefinition> Definitions,
    IReadOnlyList<HistoryEntry> History
)
{
    public static GuardedServerDetails Of(ServerRecord server) =>
        new(GuardedServerListing.Of(server), [.. server.Pending], server.Findings, server.Definitions, server.History);
}

/// <summary>What <c>km guard check --json</c> prints.</summary>
internal sealed record RulesReport(bool IsValid, int Rules, int Denying, string? Code, IReadOnlyList<MistakeListing> Mistakes);

/// <summary>A mistake in a file of rules.</summary>
internal sealed record MistakeListing(int Line, int Column, string Path, RuleMistakeKind Kind, string Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(CamelCaseEnum<RuleMistakeKind>), typeof(CamelCaseEnum<RuleSeverity>), typeof(CamelCaseEnum<RuleAction>)]
)]
[JsonSerializable(typeof(GuardReport))]
[JsonSerializable(typeof(GuardedServerDetails))]
[JsonSerializable(typeof(RulesReport))]
[JsonSerializable(typeof(RuleTrial))]
internal sealed partial class GuardJson : JsonSerializerContext;
