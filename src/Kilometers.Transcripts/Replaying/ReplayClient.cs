using System.Collections.Concurrent;
using System.Text;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Processes;
using Kilometers.Recordings;
using Kilometers.Transcripts.Comparing;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Replaying;

/// <summary>A recorded request that was played to another server.</summary>
/// <param name="Call">The recorded call.</param>
/// <param name="Answer">The whole answer; null without one.</param>
/// <param name="Latency">How long it took.</param>
/// <param name="Differences">Where the answers differ.</param>
public sealed record ReplayedCall(
    TranscriptCall Call,
    ReadOnlyMemory<byte>? Answer,
    TimeSpan Latency,
    IReadOnlyList<JsonDifference> Differences
);

/// <summary>
/// Plays the client's side of a session to a server: its requests and notifications in their order, each after the answers that it had when
/// it was recorded. What the server asks is answered with what the recorded client answered to that method.
/// </summary>
/// <param name="transcript">The session.</param>
/// <param name="time">The clock.</param>
/// <param name="isIgnored">Which places in results do not count.</param>
public sealed class ReplayClient(Transcript transcript, TimeProvider time, Func<string, bool> isIgnored)
{
    /// <summary>How long an answer may take: at least this, and ten times as long as it took.</summary>
    private static readonly TimeSpan MinLimit = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Queue<RecordedMessage>> _answers = Answers(transcript);

    /// <summary>What the last answer in a call named its state, for a call that is continued.</summary>
    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _states = [];

    /// <summary>Plays it.</summary>
    /// <param name="command">The server's command.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ChildStartException">The server cannot be started.</exception>
    public async Task<ReplayReport> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var calls = transcript
            .Calls.SelectMany(call => call.Messages.Select(message => (message.Sequence, call)))
            .ToDictionary(pair => pair.Sequence, pair => pair.call);
        var responses = transcript.Messages.Where(message => message.RequestSequence > 0).ToLookup(message => message.RequestSequence);
        var replayed = new List<ReplayedCall>();
        var open = new List<(long AnsweredAt, Task<ReplayedCall> Call)>();
        var server = ServerSession.Start(command, time, Answer);
        await using (server.ConfigureAwait(false))
        {
            foreach (var message in transcript.Messages.Where(message => message.Direction == RecordedDirection.In))
            {
                if (message.Payload is not { } payload || message.IsTruncated)
                    continue;
                await FinishAsync(message.Sequence).ConfigureAwait(false);
                if (message.Kind == RecordedKind.Notification)
                    await server.SendAsync(payload, cancellationToken).ConfigureAwait(false);
                else if (message.Kind == RecordedKind.Request && calls.TryGetValue(message.Sequence, out var call))
                {
                    var recorded = responses[message.Sequence].FirstOrDefault();
                    var asked = AskAsync(server, call, message, recorded, cancellationToken);
                    if (recorded is not null)
                        open.Add((recorded.Sequence, asked));
                }
            }

            await FinishAsync(long.MaxValue).ConfigureAwait(false);
            return new ReplayReport
            {
                Calls = replayed,
                Definitions = Definitions(replayed),
                Noise = [.. server.Noise],
                Latencies = LatencyTest.Of(Recorded(), Played()),
            };
        }

        async Task FinishAsync(long before)
        {
            foreach (var one in open.Where(one => one.AnsweredAt < before).OrderBy(one => one.AnsweredAt).ToList())
            {
                replayed.Add(await one.Call.ConfigureAwait(false));
                open.Remove(one);
            }
        }

        IEnumerable<TranscriptCall> Recorded() => replayed.Where(one => one.Answer is not null).Select(one => one.Call).Distinct();

        IEnumerable<TranscriptCall> Played() =>
            replayed
                .Where(one => one.Answer is not null)
                .Select(one =>
                    one.Call with
                    {
                        Messages = [one.Call.Request, one.Call.Messages[^1] with { Kind = RecordedKind.Response, Latency = one.Latency }],
                    }
                );
    }

    private async Task<ReplayedCall> AskAsync(
        ServerSession server,
        TranscriptCall call,
        RecordedMessage request,
        RecordedMessage? recorded,
        CancellationToken cancellationToken
    )
    {
        var payload = request.Payload!.Value;
        if (request.RetryOf.Length > 0 && _states.TryGetValue(request.RetryOf, out var state))
            payload = RawJson.Replace(payload, state, "params", "requestState");
        var id = RawJson.Value(payload, "id") is { } raw ? Encoding.UTF8.GetString(raw.Span) : request.RequestId;
        var limit = recorded?.Latency is { } latency && latency * 10 > MinLimit ? latency * 10 : MinLimit;
        var answer = await server.AskAsync(payload, id, limit, cancellationToken).ConfigureAwait(false);
        if (answer.Silence != ServerSilence.None)
            return new ReplayedCall(call, null, answer.Latency, [new JsonDifference("", "an answer", Describe(answer.Silence))]);
        if (RawJson.Value(answer.Message, "result", "requestState") is { } next)
            _states[request.CorrelationId] = next;
        if (DefinitionSet.IsList(request.Method))
            return new ReplayedCall(call, answer.Message, answer.Latency, []);
        return new ReplayedCall(
            call,
            answer.Message,
            answer.Latency,
            SessionComparison.Answers(recorded?.Payload, answer.Message, path => path == "requestState" || isIgnored(path))
        );
    }

    private static IReadOnlyList<DefinitionChange> Definitions(List<ReplayedCall> calls)
    {
        var (before, after) = (new DefinitionSet(), new DefinitionSet());
        foreach (var (call, answer, _, _) in calls.Where(one => one.Answer is not null && DefinitionSet.IsList(one.Call.Request.Method)))
        {
            before.Add(call.Request, call.Response?.Payload);
            after.Add(call.Request, answer);
        }

        return SessionComparison.Of(before, after);
    }

    private static string Describe(ServerSilence silence) => silence == ServerSilence.Ended ? "the server ended" : "no answer in time";

    /// <summary>What the recorded client answered to the server's requests, by their methods, in order.</summary>
    private static Dictionary<string, Queue<RecordedMessage>> Answers(Transcript transcript) =>
        transcript
            .Calls.Where(call => call.Request.Direction == RecordedDirection.Out && call.Response?.Payload is not null)
            .GroupBy(call => call.Request.Method)
            .ToDictionary(group => group.Key, group => new Queue<RecordedMessage>(group.Select(call => call.Response!)));

    private ReadOnlyMemory<byte> Answer(JsonRpcEnvelope request)
    {
        lock (_answers)
        {
            if (!_answers.TryGetValue(request.Method!, out var answers))
                return request.Method == "ping"
                    ? Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{request.Id}}},"result":{}}""")
                    : ServerSession.Refusal(request.Id!);
            var answer = answers.Count > 1 ? answers.Dequeue() : answers.Peek();
            return RawJson.Replace(answer.Payload!.Value, Encoding.UTF8.GetBytes(request.Id!), "id");
        }
    }
}

/// <summary>What came of playing a session to a server.</summary>
public sealed record ReplayReport
{
    /// <summary>The requests that were answered when they were recorded, in the order of those answers.</summary>
    public required IReadOnlyList<ReplayedCall> Calls { get; init; }

    /// <summary>Definitions that were added, removed or changed.</summary>
    public required IReadOnlyList<DefinitionChange> Definitions { get; init; }

    /// <summary>Lines of standard output that are not JSON-RPC.</summary>
    public required IReadOnlyList<string> Noise { get; init; }

    /// <summary>Latencies that shifted by more than noise.</summary>
    public required IReadOnlyList<LatencyShift> Latencies { get; init; }

    /// <summary>The same as what differs between two sessions.</summary>
    public SessionComparison ToComparison() =>
        new()
        {
            Definitions = Definitions,
            Results =
            [
                .. Calls
                    .Where(call => call.Differences.Count > 0)
                    .Select(call => new ResultChange(call.Call.Title, call.Call.Number, null, call.Differences)),
            ],
            Compared = Calls.Count,
            Latencies = Latencies,
        };
}
