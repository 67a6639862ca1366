using System.Text;
using Grpc.Core;
using Kilometers.GoPlugin.Client.Launch;
using Kilometers.GoPlugin.Client.Transport;
using Kilometers.Processes;

namespace Kilometers.GoPlugin.Client;

/// <summary>
/// A running plugin that speaks HashiCorp's go-plugin protocol over gRPC: start it with <see cref="StartAsync"/>, call its services
/// through <see cref="CallInvoker"/>, end it with <see cref="StopAsync"/>, and dispose it in any case.
/// </summary>
public sealed class GoPluginClient : IAsyncDisposable
{
    // What go-plugin itself adds to the run directory: "/plugin" and up to 10 digits, with room to spare.
    private const int SocketNameBytes = 27;
    private readonly GoPluginClientOptions _options;
    private readonly GoPluginProcess _process;
    private readonly PluginConnection _connection;
    private readonly HostIdentity? _identity;
    private readonly string? _socketPath;
    private int _disposed;

    private GoPluginClient(
        GoPluginClientOptions options,
        GoPluginProcess process,
        PluginConnection connection,
        HostIdentity? identity,
        Handshake handshake
    )
    {
        _options = options;
        _process = process;
        _connection = connection;
        _identity = identity;
        _socketPath = handshake.Address.SocketPath;
        ProtocolVersion = handshake.ProtocolVersion;
    }

    /// <summary>The plugin's process id, also the id of its process group on Unix.</summary>
    public int ProcessId => _process.Id;

    /// <summary>
    /// The version of the application's protocol that the plugin chose among <see cref="GoPluginClientOptions.ProtocolVersions"/>.
    /// </summary>
    public int ProtocolVersion { get; }

    /// <summary>Calls the plugin's services. Calls have no deadline unless the caller sets one: a frozen plugin never answers.</summary>
    public CallInvoker CallInvoker => _connection.Invoker;

    /// <summary>Completes once the plugin's process has ended; never faults.</summary>
    public Task<ExitStatus> Exited => _process.Exited;

    /// <summary>Further services of either side.</summary>
    public GoPluginBroker Broker => _connection.Broker;

    /// <summary>The last lines, at most 20, of the plugin's standard error, without control characters.</summary>
    public IReadOnlyList<string> LastErrorLines => _process.LastErrorLines;

    /// <summary>
    /// Begins what the first AutoMTLS connection of a process waits for otherwise, reading the system's certificate authorities (50 to
    /// 140 ms on Unix). Optional: call it as early as it is known that a plugin will be started.
    /// </summary>
    /// <returns>Completes when it is done; nobody needs to wait for it.</returns>
    public static Task WarmUpAsync() => SystemTrust.LoadAsync();

    /// <summary>Starts a plugin and waits until it answers.</summary>
    /// <param name="options">What to start, and how.</param>
    /// <param name="cancellationToken">Gives up and kills the plugin.</param>
    /// <returns>The running plugin; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="GoPluginException">The plugin could not be started; nothing of it is left running.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing of the plugin is left running.</exception>
    public static Task<GoPluginClient> StartAsync(GoPluginClientOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);

        // The certificate and the spawn are milliseconds of work: not on the caller's thread, which may start several plugins.
        return Task.Run(() => StartPluginAsync(options, cancellationToken), cancellationToken);
    }

    /// <summary>Asks the plugin's health service whether it is serving.</summary>
    /// <param name="cancellationToken">The deadline: a frozen plugin never answers.</param>
    /// <returns>Whether it answered that it is; false also if it cannot be reached or was disposed.</returns>
    /// <exception cref="OperationCanceledException">No answer came before the token was cancelled.</exception>
    public async Task<bool> CheckHealthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.IsServingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>
    /// Ends the plugin: asks it to shut down, gives it <see cref="GoPluginClientOptions.ShutdownTimeout"/> to answer and the same again
    /// to end, and kills its process group otherwise. Never throws for what a plugin does or does not do.
    /// </summary>
    /// <param name="cancellationToken">Cancelled: kill it now.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!Exited.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            using var deadline = new CancellationTokenSource(_options.ShutdownTimeout, _options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            if (await _connection.RequestShutdownAsync(either.Token).ConfigureAwait(false))
                await _process.WaitForExitAsync(_options.ShutdownTimeout, cancellationToken).ConfigureAwait(false);
        }

        Kill();
        await _process.WaitForExitAsync(_options.ShutdownTimeout, CancellationToken.None).ConfigureAwait(false);
        await _process.DrainAsync().ConfigureAwait(false);
    }

    /// <summary>Kills the plugin's process, its group and its descendants at once. Does nothing if it has ended.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Kills the plugin if it still runs, closes the connection and removes the plugin's socket.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        Kill();
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
        RemoveSocket(_options.RunDirectory, _socketPath);
        _identity?.Dispose();
    }

    private static void Validate(GoPluginClientOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.FileName);
        ArgumentException.ThrowIfNullOrEmpty(options.MagicCookieKey);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxReceivedMessageBytes, 1, nameof(options));
        if (options.ProtocolVersions.Count == 0)
            throw new ArgumentException("At least one protocol version is needed.", nameof(options));
        if (!Path.IsPathFullyQualified(options.RunDirectory) || !Directory.Exists(options.RunDirectory))
        {
            throw new ArgumentException(
                $"The run directory '{options.RunDirectory}' is not the absolute path of an existing directory.",
                nameof(options)
            );
        }

        var length = Encoding.UTF8.GetByteCount(options.RunDirectory);
        if (length > PluginAddress.MaximumPathBytes - SocketNameBytes)
        {
            throw new ArgumentException(
                $"The run directory '{options.RunDirectory}' is {length} bytes long; at most "
                    + $"{PluginAddress.MaximumPathBytes - SocketNameBytes} leave room for a socket's name in the "
                    + $"{PluginAddress.MaximumPathBytes} bytes of a Unix socket path.",
                nameof(options)
            );
        }
    }

    private static async Task<GoPluginClient> StartPluginAsync(GoPluginClientOptions options, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.StartTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var identity = options.AutoMtls ? HostIdentity.Create(options.TimeProvider) : null;
        GoPluginProcess? process = null;
        try
        {
            process = GoPluginStart.Start(options, identity);
            var handshake = await GoPluginStart.ReadHandshakeAsync(process, options, either.Token, cancellationToken).ConfigureAwait(false);
            var connection = await GoPluginStart
                .ConnectAsync(process, handshake, identity, options, either.Token, cancellationToken)
                .ConfigureAwait(false);
            return new GoPluginClient(options, process, connection, identity, handshake);
        }
        catch
        {
            if (process is not null)
                await process.DisposeAsync().ConfigureAwait(false);
            identity?.Dispose();
            throw;
        }
    }

    private static void RemoveSocket(string runDirectory, string? path)
    {
        // The path is the plugin's word: only what lies in the directory that it was given is removed.
        if (path is null)
            return;
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(runDirectory));
        if (Path.GetDirectoryName(Path.GetFullPath(path)) != folder)
            return;
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The owner of the run directory deletes it as a whole.
        }
    }
}
