namespace Kilometers.Analytics;

/// <summary>What is kept of a session. Texts are stored as they are: secrets are masked before.</summary>
public sealed record SessionFacts
{
    /// <summary>km's own id of the session, unique among all.</summary>
    public required string Key { get; init; }

    /// <summary>The server's label.</summary>
    public required string Server { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The client's name; empty: not known.</summary>
    public string Client { get; init; } = "";

    /// <summary>The client's version; empty: not known.</summary>
    public string ClientVersion { get; init; } = "";

    /// <summary>The version of MCP; empty: not known.</summary>
    public string Protocol { get; init; } = "";

    /// <summary><c>stdio</c> or <c>http</c>.</summary>
    public string Transport { get; init; } = "stdio";

    /// <summary>The last sign of life.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>When it ended; null: it runs, or was interrupted.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The server's exit status; null: not known.</summary>
    public long? ExitCode { get; init; }

    /// <summary>From the start until the server's first answer; null: there was none yet.</summary>
    public TimeSpan? Startup { get; init; }

    /// <summary>Answers whose requests are not known.</summary>
    public long Unmatched { get; init; }

    /// <summary>Items that km or the plugin could not look at.</summary>
    public long Missed { get; init; }

    /// <summary>Everything up to this position of the session is counted.</summary>
    public long LastSequence { get; init; }

    /// <summary>Whether an exit status is that of a server that failed: those of SIGHUP, SIGINT, SIGKILL and SIGTERM are how clients end servers.</summary>
    public static bool IsCrash(long? exitCode) => exitCode is not (null or 0 or 129 or 130 or 137 or 143);
}

/// <summary>A tool that a server listed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">The size of its definition, as JSON.</param>
public sealed record OfferedTool(string Name, long Bytes);
