using System.Globalization;
using System.Text;
using Kilometers.Contracts;
using Kilometers.Processes;
using Kilometers.Transcripts.Comparing;
using Kilometers.Transcripts.Conversations;
using Kilometers.Transcripts.Replaying;

namespace Kilometers.Transcripts.Checking;

/// <summary>Starts a server, introduces itself, lists what it offers, and holds that against what is expected.</summary>
/// <param name="options">What is expected.</param>
/// <param name="version">The version of km.</param>
/// <param name="time">The clock.</param>
public sealed class ServerCheck(CheckOptions options, string version, TimeProvider time)
{
    private const int MaxProblems = 50;

    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    private readonly List<CheckResult> _results = [];

    /// <summary>Checks a server.</summary>
    /// <param name="command">Its command.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ChildStartException">It cannot be started.</exception>
    public async Task<CheckReport> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var session = ServerSession.Start(command, time);
        CheckedServer server;
        await using (session.ConfigureAwait(false))
        {
            server = new CheckedServer(session, MaxTotal(), version, ClientCapabilities());
            var isReady = await RunAsync("initialize", "starts and initializes", () => InitializeAsync(session, server, cancellationToken))
                .ConfigureAwait(false);
            if (isReady)
                await RunAsync("list", "answers its lists", () => server.ListAsync(cancellationToken)).ConfigureAwait(false);
            CheckDefinitions(server, isReady);
            var end = await session.EndAsync().ConfigureAwait(false);
            Add("no-noise", "writes only JSON-RPC to standard output", [.. session.Noise.Select(line => $"not JSON-RPC: {line}")]);
            Add("end", "ends when it should", isReady ? Ending(end) : [], isSkipped: !isReady);
        }

        if (options.Replay is { } replay)
            await RunAsync("replay", "answers recorded calls as it did", () => ReplayAsync(replay, command, cancellationToken))
                .ConfigureAwait(false);
        return new CheckReport(server.Name, server.Protocol, _results);
    }

    /// <summary>A server that answers late still answers: how late is a check of its own.</summary>
    private TimeSpan MaxTotal() => options.MaxDuration is { } max && max * 10 > DefaultLimit ? max * 10 : DefaultLimit;

    /// <summary>Those of the client whose session the server is compared with; it got its lists with them.</summary>
    private string ClientCapabilities()
    {
        foreach (var request in options.Baseline?.Calls.Select(call => call.Request) ?? [])
            if (
                request.Payload is { } payload
                && (
                    RawJson.Value(payload, "params", "capabilities")
                    ?? RawJson.Value(payload, "params", "_meta", "io.modelcontextprotocol/clientCapabilities")
                )
                    is { } capabilities
            )
                return Encoding.UTF8.GetString(capabilities.Span);
        return "{}";
    }

    private static async Task<List<string>> InitializeAsync(
        ServerSession session,
        CheckedServer server,
        CancellationToken cancellationToken
    )
    {
        var problems = await server.InitializeAsync(cancellationToken).ConfigureAwait(false);
        if (server.HasEnded)
            await session.LastWordsAsync().ConfigureAwait(false);
        if (problems.Count > 0 && session.Exited.IsCompleted)
            problems.Add($"the server ended with {await session.Exited.ConfigureAwait(false)}");
        if (problems.Count > 0)
            problems.AddRange(session.ErrorLines.TakeLast(5).Select(line => $"standard error: {line}"));
        return problems;
    }

    private void CheckDefinitions(CheckedServer server, bool isReady)
    {
        var definitions = server.Definitions.Definitions;
        Add(
            "schemas",
            "defines valid tools, prompts and resources",
            [.. server.Duplicates, .. definitions.SelectMany(one => SchemaRules.Problems(one.Key.Kind, one.Key.Name, one.Value))],
            !isReady
        );
        var tools = definitions.Keys.Where(key => key.Kind == "tool").Select(key => key.Name).ToList();
        if (options.ExpectedTools.Count > 0)
            Add(
                "expected-tools",
                "has the expected tools",
                [.. options.ExpectedTools.Except(tools).Select(name => $"tool {name} is missing")],
                !isReady
            );
        if (options.ForbiddenTools.Count > 0)
            Add(
                "forbidden-tools",
                "has no forbidden tools",
                [.. tools.Where(IsForbidden).Select(name => $"tool {name} is forbidden")],
                !isReady
            );
        if (options.MaxDuration is { } max)
            Add(
                "duration",
                "answers in time",
                [.. server.Latencies.Where(one => one.Latency > max).Select(one => TooSlow(one.Method, one.Latency, max))],
                !isReady
            );
        if (options.Baseline is { } baseline)
            Add("no-drift", "offers what it offered", [.. Drift(baseline, server)], !isReady);
    }

    private bool IsForbidden(string tool) => options.ForbiddenTools.Any(pattern => MethodGlob.Matches(pattern, tool));

    /// <summary>Only kinds that the other session listed: of the rest nothing is known.</summary>
    private static IEnumerable<string> Drift(Transcript baseline, CheckedServer server)
    {
        var kinds = DefinitionSet.KindsListed(baseline);
        if (kinds.Count == 0)
            return ["the session to compare with lists no tools, prompts or resources"];
        return SessionComparison
            .Of(DefinitionSet.Of(baseline), server.Definitions)
            .Where(change => kinds.Contains(change.Kind))
            .Select(change =>
                change.Differences.Count == 0
                    ? $"{change.Kind} {change.Name} was {change.Change}"
                    : $"{change.Kind} {change.Name} changed: {string.Join("; ", change.Differences.Take(5).Select(Describe))}"
            );
    }

    private async Task<List<string>> ReplayAsync(Transcript replay, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var report = await new ReplayClient(replay, time, options.IsIgnored).RunAsync(command, cancellationToken).ConfigureAwait(false);
        return
        [
            .. report.Calls.Where(call => call.Differences.Count > 0).Select(Describe),
            .. report.Noise.Select(line => $"not JSON-RPC: {line}"),
            .. report
                .Calls.Where(call => call.Latency > options.MaxDuration)
                .Select(call => TooSlow(call.Call.Title, call.Latency, options.MaxDuration!.Value)),
        ];
    }

    private static string Describe(ReplayedCall call) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{call.Call.Title} (call {call.Call.Number}): {string.Join("; ", call.Differences.Take(5).Select(Describe))}"
        );

    private static string Describe(JsonDifference difference) =>
        $"{(difference.Path.Length > 0 ? difference.Path + ": " : "")}{Cut(difference.Before)} → {Cut(difference.After)}";

    private static string Cut(string? value) =>
        value is null ? "(none)"
        : value.Length <= 120 ? value
        : value[..(char.IsHighSurrogate(value[119]) ? 119 : 120)] + "…";

    private static string TooSlow(string what, TimeSpan latency, TimeSpan max) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{what} took {latency.TotalMilliseconds:0} ms, more than {max.TotalMilliseconds:0} ms"
        );

    /// <summary>Clients end servers by SIGTERM too, so needing it is not a fault.</summary>
    private static List<string> Ending(ServerEnd end) =>
        end.Reason switch
        {
            ServerEndReason.Killed => ["it ended neither when its input ended nor at SIGTERM, and was killed"],
            ServerEndReason.Input when end.Status.ShellCode != 0 => [$"it ended with {end.Status}"],
            _ => [],
        };

    /// <returns>Whether it passed.</returns>
    private async Task<bool> RunAsync(string id, string title, Func<Task<List<string>>> check)
    {
        var start = time.GetTimestamp();
        var problems = await check().ConfigureAwait(false);
        _results.Add(new CheckResult(id, title, [.. problems.Take(MaxProblems)], time.GetElapsedTime(start)));
        return problems.Count == 0;
    }

    private void Add(string id, string title, IReadOnlyList<string> problems, bool isSkipped = false) =>
        _results.Add(new CheckResult(id, title, isSkipped ? [] : [.. problems.Take(MaxProblems)], TimeSpan.Zero, isSkipped));
}
