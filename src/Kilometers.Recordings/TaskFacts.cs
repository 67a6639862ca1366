using System.Text.Json;

namespace Kilometers.Recordings;

/// <summary>
/// What a message says of a task. A server may answer a call with a task, which the client then asks for until it is over: all of it is one
/// call. Both forms are read: that of 2025-11-25, with <c>result.task</c> and <c>tasks/result</c>, and that of the later extension, with the
/// result in the answer to <c>tasks/get</c>.
/// </summary>
public sealed record TaskFacts
{
    /// <summary>The methods that ask for a task begin with it.</summary>
    public const string MethodPrefix = "tasks/";

    private const string ResultMethod = "tasks/result";

    /// <summary>Of a message that says nothing of a task.</summary>
    public static TaskFacts None { get; } = new();

    /// <summary>The task; empty: none, or it was masked.</summary>
    public string Id { get; private init; } = "";

    /// <summary>What became of it: <c>working</c>, <c>completed</c> and so on.</summary>
    public string Status { get; private init; } = "";

    /// <summary>Whether the result in it is that of a tool that failed.</summary>
    public bool IsToolError { get; private init; }

    /// <summary>Why it failed; empty: not known.</summary>
    public string ErrorText { get; init; } = "";

    /// <summary>Whether an answer to a request is the last one of the task.</summary>
    /// <param name="method">The request's method.</param>
    public bool IsLast(string method) => method == ResultMethod || Status is "completed" or "failed" or "cancelled";

    /// <summary>How a task ended, as the error's code; empty: without an error.</summary>
    public string ErrorCode =>
        Status is "failed" or "cancelled" ? "task_" + Status
        : IsToolError ? "tool_error"
        : "";

    /// <summary>Reads them from a message.</summary>
    /// <param name="payload">The message.</param>
    public static TaskFacts Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IndexOf("\"taskId\""u8) < 0)
            return None;
        try
        {
            var message = JsonElement.Parse(payload);
            if (Text(Member(message, "params"), "taskId") is { Length: > 0 } asked)
                return new TaskFacts { Id = asked };
            var result = Member(message, "result");
            var task = Member(result, "task") is { ValueKind: JsonValueKind.Object } made ? made : result;
            var error = Member(task, "error");
            return new TaskFacts
            {
                Id = Text(task, "taskId") is var id && id.Contains("***", StringComparison.Ordinal) ? "" : id,
                Status = Text(task, "status"),
                IsToolError = Member(Member(task, "result"), "isError").ValueKind == JsonValueKind.True,
                ErrorText = Text(error, "message") is { Length: > 0 } why ? why : Text(task, "statusMessage"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Cut off, or half of a surrogate pair.
            return None;
        }
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
