namespace Kilometers.Cli.Commands;

/// <summary>What <c>km monitor</c> was asked to do.</summary>
internal sealed record MonitorOptions
{
    /// <summary>The server's command and its arguments; at least the command.</summary>
    public required IReadOnlyList<string> Server { get; init; }

    /// <summary>The server's label; the command's file name unless given.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of the largest message observed whole.</summary>
    public long BufferSize { get; init; } = 16L * 1024 * 1024;

    /// <summary>Bytes that may wait for one plugin.</summary>
    public long QueueSize { get; init; } = 64L * 1024 * 1024;

    public bool NoPlugins { get; init; }

    public bool Quiet { get; init; }

    /// <summary>Unsigned executables under development.</summary>
    public IReadOnlyList<string> DevPlugins { get; init; } = [];

    /// <summary>Folders that these may use besides their own.</summary>
    public IReadOnlyList<string> DevelopmentAccess { get; init; } = [];
}
