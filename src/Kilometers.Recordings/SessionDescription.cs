namespace Kilometers.Recordings;

/// <summary>What is known of a session when its recording begins.</summary>
public sealed record SessionDescription
{
    /// <summary>km's own id of the session, unique among all.</summary>
    public required string Key { get; init; }

    /// <summary>The server's label.</summary>
    public string Server { get; init; } = "";

    /// <summary>The server's command line, secrets masked; empty if not known.</summary>
    public string Command { get; init; } = "";

    /// <summary>The version of km.</summary>
    public string KmVersion { get; init; } = "";

    /// <summary>What is kept of payloads: <c>off</c>, <c>masked</c> or <c>full</c>.</summary>
    public required string Payloads { get; init; }

    /// <summary>When the session began.</summary>
    public required DateTimeOffset Started { get; init; }
}
