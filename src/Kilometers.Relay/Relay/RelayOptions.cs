namespace Kilometers.Relay.Relay;

/// <summary>The relay's times. The defaults follow what MCP clients do (the TypeScript SDK waits 2 s for EOF and 2 s for SIGTERM).</summary>
internal sealed record RelayOptions
{
    /// <summary>How long the server may take to end after a forwarded signal. Just below the 2 s after which clients kill km itself.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromMilliseconds(1800);

    /// <summary>How long a server whose client is gone is left alone before it gets SIGTERM.</summary>
    public TimeSpan LostClientGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often to look, after EOF from the client, whether its other end is closed too.</summary>
    public TimeSpan LostClientPoll { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a pipe that a grandchild holds open must be empty to count as drained.</summary>
    public TimeSpan DrainQuiet { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after the server's end a grandchild's new bytes are still passed on; what the server wrote always is.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(1);
}
