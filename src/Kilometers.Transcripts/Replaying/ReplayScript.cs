using System.Text.Json;
using Kilometers.Monitoring.JsonRpc;
using Kilometers.Recordings;
using Kilometers.Transcripts.Conversations;

namespace Kilometers.Transcripts.Replaying;

/// <summary>What the server did after a message of the client, until and beyond its answer.</summary>
internal sealed class ReplayScript
{
    private readonly List<ReplayStep> _steps = [];

    /// <param name="trigger">The client's message; null: the start of the session.</param>
    public ReplayScript(RecordedMessage? trigger)
    {
        Trigger = trigger;
        LastTime = trigger?.Time;
        if (trigger?.Payload is not { } payload || trigger.IsTruncated)
            return;
        ProgressToken = RawJson.Value(payload, "params", "_meta", "progressToken");
        try
        {
            var root = JsonElement.Parse(payload.Span);
            Parameters = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("params", out var value) ? value : null;
            IsReadable = root.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            // Nothing can be found by it.
        }
    }

    public RecordedMessage? Trigger { get; }

    /// <summary>Whether the trigger was kept, so that it can be found by what it says.</summary>
    public bool IsReadable { get; }

    public JsonElement? Parameters { get; }

    /// <summary>The token that the request named, as it is written; null without one.</summary>
    public ReadOnlyMemory<byte>? ProgressToken { get; }

    public IReadOnlyList<ReplayStep> Steps => _steps;

    /// <summary>What the trigger is called.</summary>
    public string Title =>
        Trigger is not { } trigger ? "start"
        : trigger.Name.Length > 0 ? $"{trigger.Method} {trigger.Name}"
        : trigger.Method;

    private DateTimeOffset? LastTime { get; set; }

    /// <summary>The scripts of a session, in the order of their triggers.</summary>
    public static IReadOnlyList<ReplayScript> Of(IEnumerable<RecordedMessage> messages)
    {
        var scripts = new List<ReplayScript> { new(null) };
        var bySequence = new Dictionary<long, ReplayScript>();
        var asked = new Dictionary<long, (ReplayScript Script, RecordedMessage Request)>();
        var last = scripts[0];
        foreach (var message in messages)
        {
            if (message.Direction == RecordedDirection.In)
            {
                if (message.Kind is RecordedKind.Request or RecordedKind.Notification)
                    scripts.Add(bySequence[message.Sequence] = last = new ReplayScript(message));
                else if (asked.TryGetValue(message.RequestSequence, out var question))
                    (last = question.Script).Add(message, ReplayAction.Await);
            }
            else if (message.Kind is RecordedKind.Response or RecordedKind.ErrorResponse)
            {
                if (bySequence.TryGetValue(message.RequestSequence, out var script))
                    script.Add(message, ReplayAction.Answer);
            }
            else if (message.Kind is RecordedKind.Request or RecordedKind.Notification && message.Payload is { } payload)
            {
                var owner = OfProgress(scripts, payload) ?? last;
                owner.Add(message, ReplayAction.Send);
                if (message.Kind == RecordedKind.Request)
                    asked[message.Sequence] = (owner, message);
            }
        }

        return scripts;
    }

    /// <summary>Progress belongs to the request that named its token, whatever the client sent in between.</summary>
    private static ReplayScript? OfProgress(List<ReplayScript> scripts, ReadOnlyMemory<byte> payload) =>
        RawJson.Value(payload, "params", "progressToken") is { } token
            ? scripts.FindLast(script => script.ProgressToken is { } own && own.Span.SequenceEqual(token.Span))
            : null;

    private void Add(RecordedMessage message, ReplayAction action)
    {
        var delay = LastTime is { } before && message.Time > before ? message.Time - before : TimeSpan.Zero;
        LastTime = message.Time;
        _steps.Add(new ReplayStep(action, message, delay));
    }
}

/// <summary>What comes next in a script.</summary>
internal enum ReplayAction
{
    /// <summary>The server sends a request or a notification.</summary>
    Send,

    /// <summary>The client answers a request of the server.</summary>
    Await,

    /// <summary>The server answers the client's request.</summary>
    Answer,
}

/// <summary>A step of a script.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Message">The recorded message.</param>
/// <param name="Delay">How long after the step before it.</param>
internal sealed record ReplayStep(ReplayAction Action, RecordedMessage Message, TimeSpan Delay)
{
    /// <summary>The id as it is compared.</summary>
    public string Id => JsonRpcId.Canonical(Message.RequestId);
}
