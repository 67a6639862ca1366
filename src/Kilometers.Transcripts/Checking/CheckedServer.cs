using System.Globalization;
using System.Text;
using System.Text.Json;
using Kilometers.Transcripts.Comparing;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Checking;

/// <summary>Speaks with a server as a client of either era does: introduces itself, and asks for its lists.</summary>
/// <param name="session">The server.</param>
/// <param name="limit">How long an answer may take.</param>
/// <param name="version">The version of km.</param>
/// <param name="capabilities">What the client can do, as JSON: some servers offer more to a client that can do more.</param>
internal sealed class CheckedServer(ServerSession session, TimeSpan limit, string version, string capabilities)
{
    private const string LegacyVersion = "2025-11-25";
    private const string ModernVersion = "2026-07-28";

    /// <summary>A server with more pages than that is not listed to the end.</summary>
    private const int MaxPages = 1000;

    private static readonly (string Capability, string Method)[] Lists =
    [
        ("tools", "tools/list"),
        ("prompts", "prompts/list"),
        ("resources", "resources/list"),
        ("resources", "resources/templates/list"),
    ];

    private readonly List<(string Method, TimeSpan Latency)> _latencies = [];
    private int _id;
    private bool _isModern;

    /// <summary>Its name and version, as it says.</summary>
    public string? Name { get; private set; }

    /// <summary>The protocol's version.</summary>
    public string? Protocol { get; private set; }

    /// <summary>What it says it can do.</summary>
    public JsonElement? Capabilities { get; private set; }

    /// <summary>What it listed.</summary>
    public DefinitionSet Definitions { get; } = new();

    /// <summary>Names that are in a list twice.</summary>
    public List<string> Duplicates { get; } = [];

    /// <summary>How long each answer took.</summary>
    public IReadOnlyList<(string Method, TimeSpan Latency)> Latencies => _latencies;

    /// <summary>Whether it has ended, or closed its output, while it was asked.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Introduces itself. A server without <c>initialize</c> is asked as 2026-07-28 has it.</summary>
    /// <returns>What is wrong.</returns>
    public async Task<List<string>> InitializeAsync(CancellationToken cancellationToken)
    {
        var (result, problem) = await AskAsync(
                "initialize",
                $$$"""{"protocolVersion":"{{{LegacyVersion}}}","capabilities":{{{capabilities}}},"clientInfo":{{{Client}}}}""",
                cancellationToken
            )
            .ConfigureAwait(false);
        if (result is null && problem is { IsRefusal: true })
        {
            _isModern = true;
            var (discovered, other) = await AskAsync("server/discover", "{}", cancellationToken).ConfigureAwait(false);
            if (discovered is null)
                return [problem.Text, other!.Text];
            result = discovered;
        }
        else if (result is null)
            return [problem!.Text];
        else
            await session
                .SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}"""u8.ToArray(), cancellationToken)
                .ConfigureAwait(false);
        return Read(result.Value);
    }

    /// <summary>Asks for all lists that the server says it has.</summary>
    /// <returns>What is wrong.</returns>
    public async Task<List<string>> ListAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var (capability, method) in Lists)
        {
            if (Capabilities is not { ValueKind: JsonValueKind.Object } can || !can.TryGetProperty(capability, out _))
                continue;
            var cursors = new HashSet<string>();
            string? cursor = null;
            do
            {
                var parameters = cursor is null ? "{}" : $"{{\"cursor\":{cursor}}}";
                var (result, problem) = await AskAsync(method, parameters, cancellationToken).ConfigureAwait(false);
                if (result is null)
                {
                    // Templates came later than resources: a server need not know them.
                    if (!(method == "resources/templates/list" && problem!.IsUnknown))
                        problems.Add(problem!.Text);
                    break;
                }

                if (cursor is not null && !cursors.Add(cursor))
                {
                    problems.Add($"{method}: its pages do not end, a cursor came again");
                    break;
                }

                cursor =
                    result.Value.TryGetProperty("nextCursor", out var next) && next.ValueKind == JsonValueKind.String
                        ? next.GetRawText()
                        : null;
            } while (cursor is not null && cursors.Count < MaxPages);
        }

        return problems;
    }

    private async Task<(JsonElement? Result, CheckProblem? Problem)> AskAsync(
        string method,
        string parameters,
        CancellationToken cancellationToken
    )
    {
        var id = (++_id).ToString(CultureInfo.InvariantCulture);
        if (_isModern)
            parameters = WithMeta(parameters);
        var request = Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"{{{method}}}","params":{{{parameters}}}}""");
        var answer = await session.AskAsync(request, id, limit, cancellationToken).ConfigureAwait(false);
        _latencies.Add((method, answer.Latency));
        HasEnded |= answer.Silence == ServerSilence.Ended;
        if (answer.Silence != ServerSilence.None)
            return (
                null,
                new CheckProblem(
                    answer.Silence == ServerSilence.Ended
                        ? $"{method}: the server ended without an answer"
                        : string.Create(CultureInfo.InvariantCulture, $"{method}: no answer within {limit.TotalSeconds:0.###} s")
                )
            );
        var root = JsonElement.Parse(answer.Message.Span, new JsonDocumentOptions { MaxDepth = 1000 });
        if (root.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object)
        {
            if (DefinitionSet.IsList(method))
                Add(method, parameters, answer.Message, result);
            return (result, null);
        }

        var error = root.TryGetProperty("error", out var given) ? given.GetRawText() : "no result";
        return (null, new CheckProblem($"{method}: {error}", IsRefusal: true, error.Contains("-32601", StringComparison.Ordinal)));
    }

    private void Add(string method, string parameters, ReadOnlyMemory<byte> answer, JsonElement result)
    {
        var isContinuation = parameters.Contains("\"cursor\"", StringComparison.Ordinal);
        var before = isContinuation ? Definitions.Definitions.Keys.ToHashSet() : [];
        var names = new HashSet<string>();
        foreach (var name in DefinitionSet.NamesIn(method, result))
            if (!names.Add(name) || before.Contains((DefinitionSet.KindOf(method)!, name)))
                Duplicates.Add($"{DefinitionSet.KindOf(method)} {name} is listed twice");
        Definitions.Add(method, isContinuation, answer);
    }

    private List<string> Read(JsonElement result)
    {
        var problems = new List<string>();
        Protocol = Text(result, "protocolVersion") ?? (_isModern ? ModernVersion : null);
        if (Protocol is null)
            problems.Add("initialize: the result has no protocolVersion");
        Capabilities = result.TryGetProperty("capabilities", out var capabilities) ? capabilities : null;
        if (Capabilities is not { ValueKind: JsonValueKind.Object })
            problems.Add("initialize: the result has no capabilities");
        if (
            !result.TryGetProperty("serverInfo", out var info)
            || info.ValueKind != JsonValueKind.Object
            || Text(info, "name") is not { } name
        )
        {
            if (!_isModern)
                problems.Add("initialize: the result has no serverInfo with a name");
        }
        else
            Name = $"{name} {Text(info, "version")}".Trim();
        return problems;
    }

    private string Client => $$"""{"name":"km check","version":"{{version}}"}""";

    private string WithMeta(string parameters)
    {
        var meta =
            "\"_meta\":"
            + $$"""{"io.modelcontextprotocol/protocolVersion":"{{ModernVersion}}","io.modelcontextprotocol/clientInfo":{{Client}},"""
            + $"\"io.modelcontextprotocol/clientCapabilities\":{capabilities}}}";
        return parameters == "{}" ? $"{{{meta}}}" : $"{{{meta},{parameters[1..]}";
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? NormalJson.Text(value) : null;

    /// <summary>Why there is no result.</summary>
    private sealed record CheckProblem(string Text, bool IsRefusal = false, bool IsUnknown = false);
}
