namespace Kilometers.Recordings.Reading;

/// <summary>A session as it was recorded.</summary>
public sealed record RecordedSession
{
    /// <summary>Its row in the file.</summary>
    public required long Row { get; init; }

    /// <summary>km's id of it.</summary>
    public required string Key { get; init; }

    /// <summary>What the user calls it; null: nothing.</summary>
    public string? Name { get; init; }

    /// <summary>The server's label.</summary>
    public string? Server { get; init; }

    /// <summary>The server's command line, secrets masked.</summary>
    public string? Command { get; init; }

    /// <summary>The client's name.</summary>
    public string? Client { get; init; }

    /// <summary>The client's version.</summary>
    public string? ClientVersion { get; init; }

    /// <summary>The protocol's version.</summary>
    public string? Protocol { get; init; }

    /// <summary>The version of km.</summary>
    public string? KmVersion { get; init; }

    /// <summary>What was kept of payloads: <c>off</c>, <c>masked</c> or <c>full</c>.</summary>
    public string? Payloads { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When something of it was recorded last.</summary>
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>When it ended; null: it runs, or km was killed.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The server's exit status, in words.</summary>
    public string? ExitStatus { get; init; }

    /// <summary>The server's exit status, as a number.</summary>
    public long? ExitCode { get; init; }

    /// <summary>Requests of both sides.</summary>
    public long Calls { get; init; }

    /// <summary>Those that were answered with an error.</summary>
    public long Errors { get; init; }

    /// <summary>Messages of both sides.</summary>
    public long Messages { get; init; }

    /// <summary>Bytes from the client.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes from the server.</summary>
    public long BytesOut { get; init; }

    /// <summary>Items that are missing.</summary>
    public long Missed { get; init; }

    /// <summary>The id as people see it: the part that differs between sessions that began at about the same time.</summary>
    public string ShortId => ShortIdOf(Key);

    /// <summary>The short form of a session's key.</summary>
    public static string ShortIdOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length > 12 ? key[^12..^4] : key;
    }
}
