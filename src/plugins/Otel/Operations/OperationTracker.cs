using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Redaction;

namespace Kilometers.Plugins.Otel.Operations;

/// <summary>
/// Makes operations of the messages of one session. A call that is continued with more input, and a call that becomes a task, is one operation
/// from its first request to its last answer.
/// </summary>
/// <param name="redactor">Masks payloads; null: they are not wanted.</param>
/// <param name="done">Hears of each operation that has ended.</param>
internal sealed class OperationTracker(Redactor? redactor, Action<Operation, Outcome> done)
{
    /// <summary>The most operations that are remembered of each kind; the oldest is given up first.</summary>
    private const int Max = 4096;

    private const string TaskResult = "tasks/result";

    private static readonly string[] TaskEnds = ["completed", "failed", "cancelled"];

    private readonly OldestFirst<Operation> _open = new(Max);

    // Answered with a request for input, by correlation id; and with a task, by the task's id.
    private readonly OldestFirst<Ended> _continued = new(Max);
    private readonly OldestFirst<Ended> _tasks = new(Max);

    // What polls of tasks ask about, by correlation id.
    private readonly OldestFirst<string> _polls = new(Max);

    public void Add(ObservedMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.Request:
                Begin(message);
                break;
            case MessageKind.Response or MessageKind.ErrorResponse:
                End(message);
                break;
        }
    }

    /// <summary>The session is over: what was never continued has ended with its last answer, and what was never answered is no operation.</summary>
    public void Finish()
    {
        foreach (var ended in _continued.Drain().Concat(_tasks.Drain()))
            done(ended.Operation, ended.Outcome);
    }

    private void Begin(ObservedMessage message)
    {
        var facts = PayloadFacts.Read(message.Payload, redactor);
        if (message.Method.StartsWith("tasks/", StringComparison.Ordinal) && facts.Task.Length > 0)
            _polls.Add(message.CorrelationId, facts.Task);
        if (message.RetryOf.Length > 0 && _continued.Take(message.RetryOf) is { } begun)
        {
            _open.Add(message.CorrelationId, begun.Operation);
            return;
        }

        _open.Add(
            message.CorrelationId,
            new Operation
            {
                Method = message.Method,
                Name = message.Name,
                Id = message.Id,
                IsFromClient = message.Direction == MessageDirection.Inbound,
                Start = message.Time,
                Parent = facts.Trace,
                Version = facts.Version,
                Arguments = facts.Shown,
            }
        );
    }

    private void End(ObservedMessage message)
    {
        // Of an answer whose request nobody knows there is nothing to tell.
        if (message.Method.Length == 0 || message.Latency is not { } latency)
            return;
        var facts = PayloadFacts.Read(message.Payload, redactor);
        var operation = _open.Take(message.CorrelationId)
            ?? new Operation
            {
                // The request was in an earlier process of this plugin.
                Method = message.Method,
                Name = message.Name,
                Id = message.Id,
                IsFromClient = message.Direction == MessageDirection.Outbound,
                Start = message.Time - latency,
            };
        var outcome = new Outcome(message.Time, message.ErrorCode, facts.Shown);
        if (facts.WantsInput)
            _continued.Add(message.CorrelationId, new Ended(operation, outcome));
        else if (_polls.Take(message.CorrelationId) is { } asked)
            EndTask(message.Method, asked, facts, outcome);
        else if (facts.Task.Length > 0 && message.Kind == MessageKind.Response)
            _tasks.Add(facts.Task, new Ended(operation, outcome));
        else
            done(operation, outcome);
    }

    /// <summary>Polls are no operations of their own: they tell of the call that made the task.</summary>
    private void EndTask(string method, string task, PayloadFacts facts, Outcome outcome)
    {
        var isLast = method == TaskResult || facts.TaskStatus is "failed" or "cancelled";
        if (!isLast)
        {
            // A client may never fetch the result; then the task ended when it was first said to be over.
            if (TaskEnds.Contains(facts.TaskStatus) && _tasks.Take(task) is { } begun)
                _tasks.Add(task, begun with { Outcome = outcome });
            return;
        }

        if (_tasks.Take(task) is { } ended)
            done(
                ended.Operation,
                outcome.Error.Length == 0 && method != TaskResult ? outcome with { Error = $"task_{facts.TaskStatus}" } : outcome
            );
    }

    private sealed record Ended(Operation Operation, Outcome Outcome);
}
