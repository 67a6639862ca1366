using System.Text.Json.Serialization;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>What the records of a period show, and what they do not. It is also what <c>--format json</c> prints: members are added, never changed.</summary>
internal sealed record ComplianceReport
{
    public int Version { get; init; } = 1;

    public required CompliancePeriod Period { get; init; }

    public required ChainProof Proof { get; init; }

    public required CoverageEvidence Coverage { get; init; }

    public required IReadOnlyList<ServerEvidence> Servers { get; init; }

    public required IReadOnlyList<ClientEvidence> Clients { get; init; }

    public required IReadOnlyList<PluginEvidence> Plugins { get; init; }

    /// <summary>Hosts that plugins connected to.</summary>
    public required IReadOnlyList<ConnectionEvidence> Connections { get; init; }

    public required IReadOnlyList<SessionEvidence> Sessions { get; init; }

    /// <summary>What was not observed, or of which that is not known.</summary>
    public required IReadOnlyList<GapEvidence> Gaps { get; init; }

    /// <summary>What people installed, removed, trusted, switched on or off.</summary>
    public required IReadOnlyList<DecisionEvidence> Decisions { get; init; }

    /// <summary>Who approved which changes of definitions.</summary>
    public required IReadOnlyList<ApprovalEvidence> Approvals { get; init; }

    /// <summary>Definitions that were accepted on first sight: nobody approved them.</summary>
    public required IReadOnlyList<PinEvidence> Pinned { get; init; }

    /// <summary>How servers changed their definitions, and what became of each change.</summary>
    public required IReadOnlyList<ChangeEvidence> Changes { get; init; }

    public required IReadOnlyList<FindingEvidence> Findings { get; init; }

    public required IReadOnlyList<DenialEvidence> Denials { get; init; }

    public required IReadOnlyList<ControlEvidence> Controls { get; init; }

    /// <summary>What the report does not show, in sentences.</summary>
    public required IReadOnlyList<string> Limits { get; init; }
}

/// <summary>A head of the chain: the number, time and SHA-256 of a record.</summary>
internal sealed record ChainHead(long Seq, DateTimeOffset Time, string Hash);

/// <summary>What is proven of the audit log.</summary>
internal sealed record ChainProof
{
    /// <summary><c>intact</c>, <c>damaged</c> or <c>notVerified</c>, of the whole log.</summary>
    public required string Outcome { get; init; }

    /// <summary>Which log: SHA-256 of its public key.</summary>
    public string? Log { get; init; }

    /// <summary>The first record of the period; null: it has none.</summary>
    public ChainHead? First { get; init; }

    /// <summary>The last record of the period.</summary>
    public ChainHead? Last { get; init; }

    /// <summary>Records in the period.</summary>
    public required long Records { get; init; }

    /// <summary>Lines that are not records: nobody knows what they were, or when.</summary>
    public required long UnreadableLines { get; init; }

    /// <summary>Whether the log has records after the period. If not, records may still be added to it.</summary>
    public required bool IsPeriodOver { get; init; }

    /// <summary>Whether a valid signature vouches for the last record of the period.</summary>
    public required bool IsSigned { get; init; }

    /// <summary><c>asked</c>, <c>kept</c> where only the receipts on this machine were compared, or <c>none</c>.</summary>
    public required string WitnessSource { get; init; }

    /// <summary>The first receipt for the whole period, else the last one for a part of it; null: no witness saw any of it.</summary>
    public WitnessedHead? Witness { get; init; }

    public required long FaultCount { get; init; }

    /// <summary>The first 100.</summary>
    public required IReadOnlyList<AuditFaultListing> Faults { get; init; }

    [JsonIgnore]
    public bool IsIntact => Outcome == "intact";
}

/// <summary>Where a witness saw the log.</summary>
/// <param name="Issuer">Who.</param>
/// <param name="Seq">The record.</param>
/// <param name="Hash">Its SHA-256.</param>
/// <param name="Time">When, by the witness's clock.</param>
/// <param name="CoversPeriod">Whether that is the last record of the period, or a later one.</param>
internal sealed record WitnessedHead(string Issuer, long Seq, string Hash, DateTimeOffset Time, bool CoversPeriod);

/// <summary>How much of the sessions was observed. Bytes and messages are those of sessions that ended in the period, so that periods add up.</summary>
internal sealed record CoverageEvidence
{
    /// <summary>Sessions with a record in the period.</summary>
    public required int Sessions { get; init; }

    public required int Started { get; init; }

    public required int Ended { get; init; }

    /// <summary>Of which no end is recorded before the period's: their bytes are not known.</summary>
    public required int WithoutEnd { get; init; }

    /// <summary>That ran with <c>--no-plugins</c>.</summary>
    public required int WithoutPlugins { get; init; }

    public required long InboundMessages { get; init; }

    public required long OutboundMessages { get; init; }

    public required long ObservedBytes { get; init; }

    /// <summary>Bytes that were passed on and never looked at.</summary>
    public required long UnobservedBytes { get; init; }
}

/// <summary>A server: a label, a command and a program.</summary>
internal sealed record ServerEvidence
{
    public required string Server { get; init; }

    /// <summary>The command, or the address of a server over HTTP; secrets masked.</summary>
    public string? Command { get; init; }

    /// <summary>The file that was started.</summary>
    public string? Program { get; init; }

    /// <summary>Its SHA-256; null where it is not known, as of a server over HTTP.</summary>
    public string? Digest { get; init; }

    public required int Sessions { get; init; }

    public required DateTimeOffset FirstUsed { get; init; }

    public required DateTimeOffset LastUsed { get; init; }

    /// <summary>The versions of km that ran it.</summary>
    public required IReadOnlyList<string> Km { get; init; }
}

/// <summary>A client, as it names itself.</summary>
internal sealed record ClientEvidence(string Client, string? Version, IReadOnlyList<string> Protocols, int Sessions);

/// <summary>A version of a plugin that ran.</summary>
internal sealed record PluginEvidence
{
    public required string Plugin { get; init; }

    public string? Version { get; init; }

    public string? Digest { get; init; }

    /// <summary>Who signed it, as its start was recorded.</summary>
    public string? Signer { get; init; }

    /// <summary>Processes that were started.</summary>
    public required int Launches { get; init; }

    /// <summary>Sessions that ended in the period and had used it.</summary>
    public required int Sessions { get; init; }
}

/// <summary>A host that a plugin connected to.</summary>
internal sealed record ConnectionEvidence(string Plugin, string Host, int Times);

/// <summary>A session with a record in the period.</summary>
internal sealed record SessionEvidence
{
    public required string Session { get; init; }

    public required string Server { get; init; }

    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended; null: not before the end of the period, as far as is recorded.</summary>
    public DateTimeOffset? Ended { get; init; }

    public string? Digest { get; init; }

    public string? Client { get; init; }

    public string? ClientVersion { get; init; }

    /// <summary>The operating system's user.</summary>
    public string? User { get; init; }

    public string? Status { get; init; }

    public long? ObservedBytes { get; init; }

    public long? UnobservedBytes { get; init; }

    /// <summary>The plugins that it used, with their versions; known when it has ended.</summary>
    public IReadOnlyList<string>? Plugins { get; init; }

    /// <summary>Requests that were stopped.</summary>
    public required int Stopped { get; init; }
}

/// <summary>Something that was not observed.</summary>
internal sealed record GapEvidence
{
    public required long Seq { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string Code { get; init; }

    public required string Detail { get; init; }

    public string? Session { get; init; }

    public string? Server { get; init; }

    public string? Plugin { get; init; }

    public long? Bytes { get; init; }
}

/// <summary>Something that somebody did to what runs.</summary>
internal sealed record DecisionEvidence
{
    public required long Seq { get; init; }

    public required DateTimeOffset Time { get; init; }

    public string? User { get; init; }

    public required string Event { get; init; }

    /// <summary><c>allowed</c>, <c>denied</c> or <c>info</c>.</summary>
    public required string Decision { get; init; }

    public string? Plugin { get; init; }

    public string? Version { get; init; }

    public string? Digest { get; init; }

    public string? Code { get; init; }

    public string? Detail { get; init; }
}

/// <summary>Something that was refused or stopped.</summary>
internal sealed record DenialEvidence
{
    public required long Seq { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string Event { get; init; }

    public string? Code { get; init; }

    public string? User { get; init; }

    public string? Session { get; init; }

    public string? Server { get; init; }

    public string? Plugin { get; init; }

    public string? Detail { get; init; }

    /// <summary>Of a request: its method.</summary>
    public string? Method { get; init; }

    /// <summary>Of a request: the tool, prompt or resource.</summary>
    public string? Name { get; init; }

    /// <summary>Of requests of which only the number is known: how many.</summary>
    public long? Requests { get; init; }
}

/// <summary>A control, with how much of the period's evidence bears on it.</summary>
internal sealed record ControlEvidence
{
    public required string Framework { get; init; }

    public required string Id { get; init; }

    public required string Title { get; init; }

    public required IReadOnlyList<SectionCount> Evidence { get; init; }

    /// <summary>What the evidence can show.</summary>
    public required string Shows { get; init; }

    /// <summary>What it does not show.</summary>
    public required string DoesNotShow { get; init; }
}

/// <summary>How many entries a section of the report has.</summary>
internal sealed record SectionCount(string Section, long Entries);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ComplianceReport))]
internal sealed partial class ComplianceJson : JsonSerializerContext;
