namespace Kilometers.Recordings;

/// <summary>Something of a session that is recorded. What it holds is stored as it is: secrets are masked before.</summary>
public abstract record RecordedItem
{
    /// <summary>The position in the session. The same number again is the same item, delivered again.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was seen.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>About how many bytes it holds until it is written.</summary>
    internal virtual int Weight => 256;
}

/// <summary>Which way a message went, as the file has it.</summary>
public enum RecordedDirection
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>From the client to the server.</summary>
    In = 1,

    /// <summary>From the server to the client.</summary>
    Out = 2,
}

/// <summary>What a message is, as the file has it.</summary>
public enum RecordedKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>A request.</summary>
    Request = 1,

    /// <summary>A response with a result.</summary>
    Response = 2,

    /// <summary>A response with an error.</summary>
    ErrorResponse = 3,

    /// <summary>A notification.</summary>
    Notification = 4,

    /// <summary>A line that is not JSON-RPC.</summary>
    NotJsonRpc = 5,
}

/// <summary>A message.</summary>
public sealed record RecordedMessage : RecordedItem
{
    /// <summary>Which way it went.</summary>
    public required RecordedDirection Direction { get; init; }

    /// <summary>What it is.</summary>
    public required RecordedKind Kind { get; init; }

    /// <summary>The method; of a response, its request's.</summary>
    public string Method { get; init; } = "";

    /// <summary>The tool, prompt or resource; of a response, its request's.</summary>
    public string Name { get; init; } = "";

    /// <summary>The id as raw JSON text.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>One per request and its response; empty if not known.</summary>
    public string CorrelationId { get; init; } = "";

    /// <summary>Of a request that continues an earlier call: that call's correlation id.</summary>
    public string RetryOf { get; init; } = "";

    /// <summary>Of a response: its request's sequence; 0 if not known.</summary>
    public long RequestSequence { get; init; }

    /// <summary>Of a response: the time since its request; null if not known.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Of an error: its code, or <c>tool_error</c>.</summary>
    public string ErrorCode { get; init; } = "";

    /// <summary>Of an error: the beginning of its text.</summary>
    public string ErrorText { get; init; } = "";

    /// <summary>What it says of a task; null: read it from <see cref="Payload"/>.</summary>
    public TaskFacts? Task { get; init; }

    /// <summary>The size of the whole message in bytes, as it passed.</summary>
    public required long Size { get; init; }

    /// <summary>The payload as it is to be kept; null: it is not.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>Whether <see cref="Payload"/> is only the beginning.</summary>
    public bool IsTruncated { get; init; }

    internal override int Weight => 256 + (Payload?.Length ?? 0);
}

/// <summary>Something that happened to the session other than a message.</summary>
public sealed record RecordedEvent : RecordedItem
{
    /// <summary>What happened (docs/protocol.md, "Events").</summary>
    public required string Type { get; init; }

    /// <summary>Details.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}

/// <summary>A line of the server's standard error.</summary>
public sealed record RecordedErrorLine : RecordedItem
{
    /// <summary>The line.</summary>
    public required string Line { get; init; }
}
