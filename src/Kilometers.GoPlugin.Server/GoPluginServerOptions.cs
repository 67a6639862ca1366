using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Kilometers.GoPlugin.Server;

/// <summary>What a plugin process serves, and how. Validated when the server starts; a bad value throws <see cref="ArgumentException"/>.</summary>
public sealed class GoPluginServerOptions
{
    /// <summary>The name of the environment variable by which a host shows that it means to start a plugin. Not empty.</summary>
    public required string CookieKey { get; init; }

    /// <summary>The value that variable must have. Not empty. It is a courtesy to users who run a plugin by hand, not a secret.</summary>
    public required string CookieValue { get; init; }

    /// <summary>
    /// The gRPC services per application protocol version, at least one. Only the factory of the version agreed with the host is called,
    /// once, before the handshake.
    /// </summary>
    public required IReadOnlyDictionary<int, Func<GoPluginContext, IEnumerable<ServerServiceDefinition>>> Contracts { get; init; }

    /// <summary>Whether what is written to <c>Console.Error</c> goes to the host by GRPCStdio too. Default: it goes to the process's stderr.</summary>
    public bool CaptureStandardError { get; init; }

    /// <summary>
    /// How many bytes of output are kept while the host does not read them, 1 KiB to 1 GiB; default 1 MiB. What exceeds it while the host
    /// does not read is dropped, and the host is told how much.
    /// </summary>
    public int OutputBufferSize { get; init; } = 1 << 20;

    /// <summary>The lowest level that is written to stderr for the host. Default <see cref="LogLevel.Debug"/>.</summary>
    public LogLevel MinimumLogLevel { get; init; } = LogLevel.Debug;

    /// <summary>Called once when the plugin stops, for whatever reason, before the connections end. Its token is cancelled after <see cref="StopTimeout"/>.</summary>
    public Func<CancellationToken, Task>? Stopping { get; init; }

    /// <summary>The longest an orderly stop takes, 0 to 1 minute; default 2 s, the time a go-plugin host grants before it kills.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(CookieKey);
        ArgumentException.ThrowIfNullOrEmpty(CookieValue);
        if (Contracts.Count == 0)
            throw new ArgumentException("At least one contract is required.", nameof(Contracts));
        ArgumentOutOfRangeException.ThrowIfLessThan(OutputBufferSize, 1 << 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(OutputBufferSize, 1 << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(StopTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(StopTimeout, TimeSpan.FromMinutes(1));
    }
}
