using System.Globalization;
using System.Text.Json;
using Kilometers.Analytics;
using Kilometers.Analytics.Writing;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>Counts the messages and events of one session.</summary>
/// <param name="figures">Takes what is counted.</param>
/// <param name="hash">Recognises repeated calls.</param>
/// <param name="watched">Looks for what is unusual; null: nobody does.</param>
/// <param name="mayWatch">Whether it may do so now.</param>
internal sealed class SessionCount(SessionFigures figures, CallHash hash, WatchedSession? watched = null, Func<bool>? mayWatch = null)
{
    /// <summary>How many entries of each kind are kept; then it starts over.</summary>
    private const int Max = 4096;

    private const string ToolCall = "tools/call";
    private const string PromptGet = "prompts/get";
    private const string ResourceRead = "resources/read";

    private const string TaskMethods = "tasks/";
    private const string TaskResult = "tasks/result";

    /// <summary>It has no answer as long as the session lasts.</summary>
    private const string Subscription = "subscriptions/listen";

    // By the direction and the id of their requests; answered with a request for input, by correlation id.
    private readonly Dictionary<string, OpenCall> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OpenCall> _waiting = new(StringComparer.Ordinal);
    private readonly TaskCalls _tasks = new(Max);
    private readonly Dictionary<string, OpenCall> _byProgress = new(StringComparer.Ordinal);

    /// <summary>The calls that were made, and whether each failed the last time.</summary>
    private readonly Dictionary<UInt128, bool> _made = [];
    private readonly Dictionary<string, string> _masked = new(StringComparer.Ordinal);
    private bool _isFromStart;
    private bool _hasAnswered;
    private bool _isCrashed;

    public void Add(ObservedMessage message) => figures.Count((long)message.Sequence, message.Time, () =>
        {
            switch (message.Kind)
            {
                case MessageKind.Request:
                    Begin(message);
                    break;
                case MessageKind.Response or MessageKind.ErrorResponse:
                    End(message);
                    break;
                case MessageKind.Notification when message.Method == "notifications/cancelled":
                    Cancel(message);
                    break;
                case MessageKind.Notification when message.Method == "notifications/tasks/status":
                    Hear(message);
                    break;
                case MessageKind.Notification when message.Method == "notifications/progress":
                    Advance(message);
                    break;
            }
        });

    public void Add(StreamEvent occurrence) => figures.Count((long)occurrence.Sequence, occurrence.Time, () => Take(occurrence));

    private void Take(StreamEvent occurrence)
    {
        var data = occurrence.Data;
        switch (occurrence.Type)
        {
            case StreamEventType.SessionStarted:
                _isFromStart = true;
                figures.Learn(facts => facts with { Transport = data.GetValueOrDefault("transport") == "http" ? "http" : "stdio" });
                break;
            case StreamEventType.SessionInitialized:
                figures.Learn(facts =>
                    facts with
                    {
                        Client = Masked(data.GetValueOrDefault("clientName") ?? ""),
                        ClientVersion = Masked(data.GetValueOrDefault("clientVersion") ?? ""),
                        Protocol = Masked(data.GetValueOrDefault("protocolVersion") ?? ""),
                    }
                );
                break;
            case StreamEventType.DeliveryDropped when Number(data, "items") is { } missed:
                figures.Learn(facts => facts with { Missed = facts.Missed + missed });
                break;
            case StreamEventType.ServerExited:
                figures.Learn(facts => facts with { ExitCode = Number(data, "code") });
                _isCrashed = SessionFacts.IsCrash(Number(data, "code"));
                break;
            case StreamEventType.SessionEnded:
                Finish();
                if (mayWatch?.Invoke() == true)
                    watched?.End();
                figures.Learn(facts => facts with { Ended = occurrence.Time });
                break;
        }
    }

    private void Begin(ObservedMessage message)
    {
        var key = KeyOf(message, message.Direction == MessageDirection.Outbound, message.Time);
        var id = Id(message.Direction, message.Id);
        if (message.RetryOf.Length > 0)
        {
            // Of a call that an earlier process saw, the rest counts from here.
            var call = _waiting.Remove(message.RetryOf, out var begun) ? begun : new OpenCall { Key = key, Start = message.Time };
            call.IsContinued = true;
            var continued = figures.Of(call.Key);
            continued.Continued++;
            continued.RequestSize.Add(message.Size);
            Remember(_open, id, call);
            return;
        }

        if (
            message.Method.StartsWith(TaskMethods, StringComparison.Ordinal)
            && PayloadFacts.TaskOf(message.Payload.Span, "params"u8) is { Task.Length: > 0 } asked
            && _tasks.TryPoll(id, Id(message.Direction, asked.Task))
        )
            return;

        var row = figures.Of(key);
        row.Calls++;
        row.RequestSize.Add(message.Size);
        UInt128? made = null;
        if (!message.IsTruncated && PayloadFacts.TryReadRequest(message.Payload.Span, out var arguments, out var progressToken))
        {
            made = Recognise(message, row, arguments);
            if (progressToken is not null)
                Remember(_byProgress, Id(message.Direction, progressToken), new OpenCall { Key = key, Start = message.Time });
        }

        Remember(
            _open,
            id,
            new OpenCall
            {
                Key = key,
                Start = message.Time,
                Sequence = (long)message.Sequence,
                Hash = made,
            }
        );
    }

    /// <summary>Counts a call that the session has made before.</summary>
    private UInt128? Recognise(ObservedMessage message, CallFigures row, ReadOnlySpan<byte> arguments)
    {
        if (message.Method is not (ToolCall or PromptGet or ResourceRead))
            return null;
        try
        {
            var made = hash.Of(message.Method, message.Name, arguments);
            if (_made.TryGetValue(made, out var hasFailed))
            {
                row.Duplicates += hasFailed ? 0 : 1;
                row.Retries += hasFailed ? 1 : 0;
            }
            else if (_made.Count >= Max)
                _made.Clear();
            _made[made] = false;
            return made;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void End(ObservedMessage message)
    {
        var asked = message.Direction == MessageDirection.Outbound ? MessageDirection.Inbound : MessageDirection.Outbound;
        if (!_hasAnswered && message.Direction == MessageDirection.Outbound)
        {
            _hasAnswered = true;
            if (_isFromStart)
                figures.Learn(facts => facts with { Startup = facts.Startup ?? message.SinceSessionStart });
        }

        if (_tasks.TakePoll(Id(asked, message.Id)) is { } polled)
        {
            EndTask(message, polled);
            return;
        }

        _open.Remove(Id(asked, message.Id), out var call);
        if (message.Method.Length == 0)
        {
            figures.Learn(facts => facts with { Unmatched = facts.Unmatched + 1 });
            return;
        }

        // Without a call, its request was in an earlier process of this plugin.
        call ??= new OpenCall
        {
            Key = KeyOf(message, asked == MessageDirection.Outbound, message.Time - (message.Latency ?? TimeSpan.Zero)),
            Start = message.Time - (message.Latency ?? TimeSpan.Zero),
            Sequence = (long)message.RequestSequence,
        };
        if (
            message.ErrorCode.Length == 0
            && !message.Method.StartsWith(TaskMethods, StringComparison.Ordinal)
            && PayloadFacts.TaskOf(message.Payload.Span, "result"u8) is { Task.Length: > 0, Status.Length: > 0 } made
        )
        {
            _tasks.Add(Id(asked, made.Task), call);
            return;
        }

        var row = figures.Of(call.Key);
        row.ResponseSize.Add(message.Size);
        if (message.ErrorCode.Length == 0 && PayloadFacts.WantsInput(message.Payload.Span))
        {
            Remember(_waiting, message.CorrelationId, call);
            return;
        }

        // What a person takes to give more input says nothing about the server: it counts, and is not watched.
        if (message.Latency is { } latency)
            row.Latency.Add(Math.Max(0, (call.IsContinued ? message.Time - call.Start : latency).TotalSeconds));
        if (!call.IsFailed)
            Watch(call, message.Time, call.IsContinued ? null : message.Latency, message.Size, message.ErrorCode.Length > 0);
        if (message.ErrorCode.Length > 0)
        {
            if (!call.IsFailed)
                row.AddErrors(ErrorKinds.Of(message.ErrorCode, message.ErrorText));
            Fail(call);
        }
        else if (message.Method == "tools/list" && asked == MessageDirection.Inbound && !message.IsTruncated)
            foreach (var tool in PayloadFacts.ToolsOf(message.Payload))
                figures.Offer(tool with { Name = Masked(tool.Name) });
    }

    private void Cancel(ObservedMessage message)
    {
        var (id, reason) = PayloadFacts.ReadNotification(message.Payload.Span, "requestId", "reason");
        if (id is null || !_open.TryGetValue(Id(message.Direction, id), out var call) || call.IsCancelled)
            return;
        call.IsCancelled = true;
        var row = figures.Of(call.Key);
        row.Cancelled++;
        if (!ErrorKinds.IsTimeout(reason))
            return;
        row.AddErrors(ErrorKind.Timeout);
        call.IsFailed = true;
        Watch(call, message.Time, null, 0, true);
        Fail(call);
    }

    /// <summary>An answer to a request that asked about a task. Its result, or that it failed, is the last answer to the call that became it.</summary>
    private void EndTask(ObservedMessage message, string task)
    {
        var isResult = message.Method == TaskResult;
        if (_tasks.Find(task) is not { } call || (message.ErrorCode.Length > 0 && !isResult))
            return;
        var status = PayloadFacts.TaskOf(message.Payload.Span, "result"u8).Status;
        if (!isResult)
        {
            Over(call, task, status, message.Time);
            return;
        }

        _tasks.Remove(task);
        figures.Of(call.Key).ResponseSize.Add(message.Size);
        Close(call, message.Time, message.Size, message.ErrorCode.Length > 0 ? ErrorKinds.Of(message.ErrorCode, message.ErrorText) : null);
    }

    /// <summary>The server says how a task is doing.</summary>
    private void Hear(ObservedMessage message)
    {
        var asked = message.Direction == MessageDirection.Outbound ? MessageDirection.Inbound : MessageDirection.Outbound;
        var (id, status) = PayloadFacts.TaskOf(message.Payload.Span, "params"u8);
        if (_tasks.Find(Id(asked, id)) is { } call)
            Over(call, Id(asked, id), status, message.Time);
    }

    /// <summary>A task has another status. Of one that has failed or was cancelled, there may be no result; of others, it is waited for.</summary>
    private void Over(OpenCall call, string task, string status, DateTimeOffset time)
    {
        if (status is "completed" or "failed" or "cancelled")
            call.TaskEnded ??= time;
        if (status is not ("failed" or "cancelled"))
            return;
        _tasks.Remove(task);
        if (status == "cancelled")
            figures.Of(call.Key).Cancelled++;
        else
            Close(call, time, 0, ErrorKind.Tool);
    }

    /// <summary>The last answer to a call that became a task.</summary>
    private void Close(OpenCall call, DateTimeOffset time, long size, ErrorKind? error)
    {
        var took = (call.TaskEnded ?? time) - call.Start;
        figures.Of(call.Key).Latency.Add(Math.Max(0, took.TotalSeconds));
        Watch(call, time, took, size, error is not null);
        if (error is not { } kind)
            return;
        figures.Of(call.Key).AddErrors(kind);
        Fail(call);
    }

    /// <summary>The same call again is a retry.</summary>
    private void Fail(OpenCall call)
    {
        if (call.Hash is { } made)
            _made[made] = true;
    }

    private void Advance(ObservedMessage message)
    {
        var asked = message.Direction == MessageDirection.Outbound ? MessageDirection.Inbound : MessageDirection.Outbound;
        var (token, _) = PayloadFacts.ReadNotification(message.Payload.Span, "progressToken", "");
        if (token is not null && _byProgress.TryGetValue(Id(asked, token), out var call))
            figures.Of(call.Key).Progress++;
    }

    /// <summary>A server that ended with an error has left its last calls without an answer; at an ordinary end, nobody waits for them.</summary>
    private void Finish()
    {
        foreach (var call in _tasks.Ended.ToList())
            Close(call, call.TaskEnded!.Value, 0, null);
        if (!_isCrashed)
            return;
        foreach (
            var call in _open
                .Values.Concat(_tasks.Open)
                .Where(call => !call.IsCancelled && !call.Key.IsFromServer && call.Key.Method != Subscription)
        )
            figures.Of(call.Key).AddErrors(ErrorKind.Transport);
    }

    /// <summary>Looks at a call of a tool for what is unusual.</summary>
    private void Watch(OpenCall call, DateTimeOffset time, TimeSpan? latency, long size, bool hasFailed)
    {
        if (call.Key is { IsFromServer: false, Method: ToolCall } && mayWatch?.Invoke() == true)
            watched?.Add(new WatchedCall(call.Key.Name, call.Start, time, latency, size, hasFailed, call.Sequence));
    }

    private HourKey KeyOf(ObservedMessage message, bool isFromServer, DateTimeOffset time) =>
        new(
            HourKey.HourOf(time),
            isFromServer,
            Masked(message.Method),
            message.Method is ToolCall or PromptGet ? Masked(message.Name) : ""
        );

    /// <summary>Names are few, and masking them is not cheap.</summary>
    private string Masked(string text)
    {
        if (_masked.TryGetValue(text, out var masked))
            return masked;
        if (_masked.Count >= Max)
            _masked.Clear();
        return _masked[text] = SecretMasker.Redact(text);
    }

    private static string Id(MessageDirection direction, string id) => (direction == MessageDirection.Inbound ? "<" : ">") + id;

    private static void Remember(Dictionary<string, OpenCall> calls, string key, OpenCall call)
    {
        if (calls.Count >= Max)
            calls.Clear();
        calls[key] = call;
    }

    private static long? Number(IReadOnlyDictionary<string, string> data, string name) =>
        long.TryParse(data.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
