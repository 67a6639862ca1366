namespace Kilometers.Recordings.Reading;

/// <summary>A request with its response.</summary>
public sealed record RecordedCall
{
    /// <summary>Unique in the file, rising with time.</summary>
    public required long Id { get; init; }

    /// <summary>The row of its session.</summary>
    public required long Session { get; init; }

    /// <summary>Which way the request went.</summary>
    public RecordedDirection Direction { get; init; }

    /// <summary>When the request was seen.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long the answer took; null: there is none.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>How it ended.</summary>
    public CallOutcome Outcome { get; init; }

    /// <summary>How often it was continued with more input.</summary>
    public long Retries { get; init; }

    /// <summary>The size of the request, continuations included.</summary>
    public long RequestBytes { get; init; }

    /// <summary>The size of the response.</summary>
    public long? ResponseBytes { get; init; }

    /// <summary>The tokens of the request; null: not counted yet.</summary>
    public long? RequestTokens { get; init; }

    /// <summary>The tokens of the response; null: not counted yet, or there is none.</summary>
    public long? ResponseTokens { get; init; }

    /// <summary>The method.</summary>
    public string Method { get; init; } = "";

    /// <summary>The tool, prompt or resource.</summary>
    public string? Name { get; init; }

    /// <summary>The JSON-RPC id as raw JSON text.</summary>
    public string? RequestId { get; init; }

    /// <summary>The error's code, or <c>tool_error</c>.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The beginning of the error's text.</summary>
    public string? ErrorText { get; init; }

    /// <summary>Where its first message is in the session.</summary>
    public long Sequence { get; init; }

    /// <summary>Where its last message is at most.</summary>
    internal long LastSequence { get; init; }
}

/// <summary>How a call ended.</summary>
public enum CallOutcome
{
    /// <summary>It has no answer.</summary>
    Pending,

    /// <summary>With a result.</summary>
    Ok,

    /// <summary>With an error, of the protocol or of the tool.</summary>
    Error,
}

/// <summary>A message of a call, with its payload.</summary>
/// <param name="Time">When it was seen.</param>
/// <param name="Direction">Which way it went.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Its size as it passed.</param>
/// <param name="IsTruncated">Whether the payload is only the beginning.</param>
/// <param name="Payload">The payload; null: it was not kept, or is deleted already.</param>
public sealed record RecordedPayload(
    DateTimeOffset Time,
    RecordedDirection Direction,
    RecordedKind Kind,
    long Size,
    bool IsTruncated,
    ReadOnlyMemory<byte>? Payload
);

/// <summary>Something that happened to a session other than a message.</summary>
/// <param name="Time">When.</param>
/// <param name="Type">What.</param>
/// <param name="Data">Details, as a JSON object.</param>
public sealed record RecordedOccurrence(DateTimeOffset Time, string Type, string Data);
