namespace Kilometers.Monitoring.Relay;

/// <summary>Which of the three streams bytes belong to.</summary>
public enum Channel
{
    /// <summary>Client to server.</summary>
    Inbound = 0,

    /// <summary>Server to client.</summary>
    Outbound = 1,

    /// <summary>The server's standard error.</summary>
    ServerError = 2,
}

/// <summary>Sees bytes that were already forwarded. Called on the relay's own threads: must return at once and never throw.</summary>
public interface IByteObserver
{
    /// <summary>Shows a piece of a chunk.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="chunk">The memory that holds the piece; retain it to keep the piece beyond the call.</param>
    /// <param name="offset">Where the piece starts.</param>
    /// <param name="length">How many bytes it has, at least 1.</param>
    /// <param name="timestamp">When it was read (<see cref="TimeProvider.GetTimestamp"/>).</param>
    void OnBytes(Channel channel, Chunk chunk, int offset, int length, long timestamp);

    /// <summary>The stream has ended.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="timestamp">When.</param>
    void OnEnd(Channel channel, long timestamp);
}
