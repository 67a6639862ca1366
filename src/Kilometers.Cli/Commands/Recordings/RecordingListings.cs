using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Cli.Commands.Recordings;

/// <summary>A session as JSON. Members are added, never changed.</summary>
internal sealed record RecordedSessionListing
{
    public required string Id { get; init; }

    public required string Key { get; init; }

    public string? Name { get; init; }

    public string? Server { get; init; }

    public string? Command { get; init; }

    public string? Client { get; init; }

    public string? ClientVersion { get; init; }

    public string? Protocol { get; init; }

    public string? KmVersion { get; init; }

    public string? Payloads { get; init; }

    public required DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    public required bool IsRunning { get; init; }

    public string? ExitStatus { get; init; }

    public long? ExitCode { get; init; }

    public required long Calls { get; init; }

    public required long Errors { get; init; }

    public required long Messages { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required long Missed { get; init; }

    public static RecordedSessionListing Of(RecordedSession session, bool isRunning) =>
        new()
        {
            Id = session.ShortId,
            Key = session.Key,
            Name = session.Name,
            Server = session.Server,
            Command = session.Command,
            Client = session.Client,
            ClientVersion = session.ClientVersion,
            Protocol = session.Protocol,
            KmVersion = session.KmVersion,
            Payloads = session.Payloads,
            Started = session.Started,
            Ended = session.Ended,
            LastSeen = session.LastSeen,
            IsRunning = isRunning,
            ExitStatus = session.ExitStatus,
            ExitCode = session.ExitCode,
            Calls = session.Calls,
            Errors = session.Errors,
            Messages = session.Messages,
            BytesIn = session.BytesIn,
            BytesOut = session.BytesOut,
            Missed = session.Missed,
        };
}

/// <summary>What <c>km sessions --json</c> prints.</summary>
internal sealed record SessionsReport(IReadOnlyList<RecordedSessionListing> Sessions, int Version = 1);

/// <summary>What <c>km sessions show --json</c> prints.</summary>
internal sealed record SessionDetails(
    RecordedSessionListing Session,
    IReadOnlyList<CallListing> Calls,
    IReadOnlyList<OccurrenceListing> Events,
    int Version = 1
);

/// <summary>Something that happened to a session.</summary>
internal sealed record OccurrenceListing(DateTimeOffset Time, string Type, JsonElement Data);

/// <summary>What guard found in a call.</summary>
internal sealed record FindingListing(string Code, string Severity, string Text, string? Evidence, string? Advice)
{
    public static FindingListing Of(PluginFinding found) =>
        new(found.Code, found.Severity.ToString().ToLowerInvariant(), found.Text, found.Evidence, found.Advice);
}

/// <summary>A call as JSON; <c>km logs --json</c> prints one per line. Members are added, never changed.</summary>
internal sealed record CallListing
{
    public required long Call { get; init; }

    public string? Session { get; init; }

    public string? Server { get; init; }

    /// <summary><c>in</c>: from the client; <c>out</c>: from the server.</summary>
    public required string Direction { get; init; }

    public required DateTimeOffset Started { get; init; }

    public double? LatencyMs { get; init; }

    /// <summary><c>ok</c>, <c>error</c> or <c>pending</c>.</summary>
    public required string Outcome { get; init; }

    public required string Method { get; init; }

    public string? Name { get; init; }

    /// <summary>The JSON-RPC id.</summary>
    public string? Id { get; init; }

    public string? ErrorCode { get; init; }

    public string? ErrorText { get; init; }

    public required long RequestBytes { get; init; }

    public long? ResponseBytes { get; init; }

    /// <summary>Null: not counted yet; <c>km stats</c> counts.</summary>
    public long? RequestTokens { get; init; }

    public long? ResponseTokens { get; init; }

    public long? Retries { get; init; }

    /// <summary>What analytics found unusual with it.</summary>
    public IReadOnlyList<string>? Unusual { get; init; }

    /// <summary>What guard found in it.</summary>
    public IReadOnlyList<FindingListing>? Findings { get; init; }

    /// <summary>With <c>--payloads</c>: the request; a text where it is not JSON.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>With <c>--payloads</c>: the response; a text where it is not JSON.</summary>
    public JsonElement? Response { get; init; }

    public static CallListing Of(RecordedCall call, RecordedSession? session, IReadOnlyList<RecordedPayload> payloads) =>
        new()
        {
            Call = call.Id,
            Session = session?.ShortId,
            Server = session?.Server,
            Direction = call.Direction == RecordedDirection.Out ? "out" : "in",
            Started = call.Started,
            LatencyMs = call.Latency?.TotalMilliseconds,
            Outcome = call.Outcome.ToString().ToLowerInvariant(),
            Method = call.Method,
            Name = call.Name,
            Id = call.RequestId,
            ErrorCode = call.ErrorCode,
            ErrorText = call.ErrorText,
            RequestBytes = call.RequestBytes,
            ResponseBytes = call.ResponseBytes,
            RequestTokens = call.RequestTokens,
            ResponseTokens = call.ResponseTokens,
            Retries = call.Retries > 0 ? call.Retries : null,
            Request = payloads.LastOrDefault(message => message.Kind == RecordedKind.Request)?.ToJson(),
            Response = payloads.LastOrDefault(message => message.Kind is RecordedKind.Response or RecordedKind.ErrorResponse)?.ToJson(),
        };
}

/// <summary>What <c>km stats --json</c> prints.</summary>
/// <param name="By">What is counted by.</param>
/// <param name="Since">From then on; null: all.</param>
/// <param name="Rows">The figures.</param>
/// <param name="UncountedBytes">How many bytes of payloads are not counted yet; rows have no tokens then. Null: all are counted.</param>
/// <param name="Version">Of this format.</param>
internal sealed record StatisticsReport(
    string By,
    DateTimeOffset? Since,
    IReadOnlyList<FiguresListing> Rows,
    long? UncountedBytes,
    int Version = 1
);

/// <summary>The figures of one tool, method, server, client or day.</summary>
internal sealed record FiguresListing
{
    public required string Key { get; init; }

    public required long Calls { get; init; }

    public required long Errors { get; init; }

    public double? P50Ms { get; init; }

    public double? P95Ms { get; init; }

    public double? P99Ms { get; init; }

    public double? MaxMs { get; init; }

    public long? SlowestCall { get; init; }

    public required long RequestBytes { get; init; }

    public required long ResponseBytes { get; init; }

    /// <summary>Null: not counted yet.</summary>
    public long? RequestTokens { get; init; }

    public long? ResponseTokens { get; init; }

    public static FiguresListing Of(CallFigures figures, bool hasTokens) =>
        new()
        {
            Key = figures.Key,
            Calls = figures.Calls,
            Errors = figures.Errors,
            P50Ms = figures.P50?.TotalMilliseconds,
            P95Ms = figures.P95?.TotalMilliseconds,
            P99Ms = figures.P99?.TotalMilliseconds,
            MaxMs = figures.Max?.TotalMilliseconds,
            SlowestCall = figures.SlowestCall,
            RequestBytes = figures.RequestBytes,
            ResponseBytes = figures.ResponseBytes,
            RequestTokens = hasTokens ? figures.RequestTokens : null,
            ResponseTokens = hasTokens ? figures.ResponseTokens : null,
        };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(SessionsReport))]
[JsonSerializable(typeof(SessionDetails))]
[JsonSerializable(typeof(StatisticsReport))]
[JsonSerializable(typeof(ContextReport))]
internal sealed partial class RecordingsJson : JsonSerializerContext;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CallListing))]
internal sealed partial class RecordingsJsonLines : JsonSerializerContext;
