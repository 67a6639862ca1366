namespace Kilometers.PluginHost.Egress;

/// <summary>The limits of one plugin's connections.</summary>
internal sealed record EgressOptions
{
    /// <summary>Connections at a time, 1 or more. One more is not refused: it waits until another ends.</summary>
    public int MaxConnections { get; init; } = 32;

    /// <summary>How long the plugin may take from the first to the last byte of its request.</summary>
    public TimeSpan RequestLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest request, in bytes.</summary>
    public int MaxRequest { get; init; } = 4096;

    /// <summary>How long resolving the name, trying all its addresses, and the user's proxy may take together.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one address is tried before the next is tried, too (RFC 8305).</summary>
    public TimeSpan AttemptDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a connection may carry nothing in either direction.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The same, once one of the two ends has finished writing: most often it is not there any more.</summary>
    public TimeSpan HalfClosedLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What is held of each direction of each connection, in bytes; while it is full nothing more is read.</summary>
    public int BufferSize { get; init; } = 32 * 1024;
}
