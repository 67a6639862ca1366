using Kilometers.Recordings;
using Kilometers.Recordings.Reading;

namespace Kilometers.Transcripts;

/// <summary>A request with its response, and all requests and responses in between where it was continued.</summary>
public sealed record TranscriptCall
{
    /// <summary>Its place among the session's calls, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The requests and responses, in order; the first is a request.</summary>
    public required IReadOnlyList<RecordedMessage> Messages { get; init; }

    /// <summary>The first request.</summary>
    public RecordedMessage Request => Messages[0];

    /// <summary>The last response; null while there is none.</summary>
    public RecordedMessage? Response => Messages[^1].Kind == RecordedKind.Request ? null : Messages[^1];

    /// <summary>How it ended.</summary>
    public CallOutcome Outcome =>
        Response is null ? CallOutcome.Pending
        : Response.ErrorCode.Length > 0 ? CallOutcome.Error
        : CallOutcome.Ok;

    /// <summary>How long its answers took together, of a task how long it ran; null without one.</summary>
    public TimeSpan? Latency =>
        Response is null ? null
        : Messages.Any(message => message.Method.StartsWith(TaskFacts.MethodPrefix, StringComparison.Ordinal))
            ? Response.Time - Request.Time
        : TimeSpan.FromTicks(Messages.Sum(message => message.Latency?.Ticks ?? 0));

    /// <summary>What it is called: its tool where it calls one, else its method with what it names.</summary>
    public string Title =>
        Request.Name.Length == 0 ? Request.Method
        : Request.Method == "tools/call" ? Request.Name
        : $"{Request.Method} {Request.Name}";

    internal static IReadOnlyList<TranscriptCall> Of(IEnumerable<RecordedMessage> messages)
    {
        var calls = new List<List<RecordedMessage>>();
        var open = new Dictionary<string, List<RecordedMessage>>();
        foreach (var message in messages.Where(message => message.CorrelationId.Length > 0))
        {
            var isRequest = message.Kind == RecordedKind.Request;
            var key = message.RetryOf.Length > 0 ? message.RetryOf : message.CorrelationId;
            if (open.TryGetValue(key, out var call))
            {
                call.Add(message);
                open[message.CorrelationId] = call;
            }
            else if (isRequest)
                calls.Add(open[key] = [message]);
        }

        return [.. calls.Select((call, at) => new TranscriptCall { Number = at + 1, Messages = call })];
    }
}
