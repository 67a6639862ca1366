using System.Numerics;
using Grpc.Core;
using Kilometers.GoPlugin.Server;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugin.Sdk.Serving;
using Microsoft.Extensions.Logging;
using V1 = Kilometers.Wire.V1.KilometersPlugin;
using V2 = Kilometers.Wire.V2.KilometersPlugin;

namespace Kilometers.Plugin.Sdk;

/// <summary>
/// Serves a plugin to km, under both versions of the contract. Both end here, in the calls of the author's methods: one at a time, in
/// order, and none of them can bring the plugin down.
/// </summary>
#pragma warning disable CA1001 // One per process, ending with it; what it holds has no other resource to release.
public sealed partial class PluginServer
#pragma warning restore CA1001
{
    private const string CookieKey = "KILOMETERS_PLUGIN";
    private const string CookieValue = "kilometers_monitoring_plugin";

    /// <summary>The first failures are all logged; then only each doubling, so that a handler that always throws does not flood the log.</summary>
    private const ulong FailuresLogged = 16;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly KilometersPlugin _plugin;
    private Task<string?>? _shutdown;
    private ulong _failures;

    internal PluginServer(KilometersPlugin plugin, ILogger logger)
    {
        _plugin = plugin;
        plugin.Logger = logger;
    }

    internal KilometersPlugin Plugin => _plugin;

    /// <summary>Cancelled when the plugin's shutdown begins.</summary>
    internal CancellationToken Ending => _ending.Token;

    /// <summary>How many handler calls failed.</summary>
    internal ulong Failures => Volatile.Read(ref _failures);

    /// <summary>The newest failure, one line; empty before the first.</summary>
    internal string LastError { get; private set; } = "";

    /// <summary>
    /// Serves the plugin until km ends it: the one line of a plugin's <c>Main</c>. From the call on, <c>Console.Out</c> is shown by km on its
    /// stderr; nothing may be printed before it.
    /// </summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="cancellationToken">Ends the plugin in order.</param>
    /// <returns>The exit code: 0 after an orderly end; 1 when km did not start the process, or it could not be served.</returns>
    public static async Task<int> RunAsync(KilometersPlugin plugin, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        HostNetwork.Open();
        PluginServer? server = null;
        PluginServer Create(GoPluginContext context) => server = new(plugin, context.LoggerFactory.CreateLogger(plugin.Name));
        return await GoPluginServer
            .RunAsync(
                new GoPluginServerOptions
                {
                    CookieKey = CookieKey,
                    CookieValue = CookieValue,
                    MinimumLogLevel = LogLevel.Trace,
                    Contracts = new Dictionary<int, Func<GoPluginContext, IEnumerable<ServerServiceDefinition>>>
                    {
                        [1] = context => [V1.BindService(new ContractV1(Create(context)))],
                        [2] = context => [V2.BindService(new ContractV2(Create(context)))],
                    },
                    Stopping = token => server?.ShutdownAsync(token) ?? Task.CompletedTask,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    internal async Task<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        AuthenticationResult result;
        try
        {
            result = await _plugin.AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogCallFailed(_plugin.Logger, exception, nameof(KilometersPlugin.AuthenticateAsync));
            result = AuthenticationResult.Denied(OneLine(exception));
        }
        _plugin.Entitlement = result.Entitlement;
        return result;
    }

    /// <returns>Why it failed, one line; null if it did not.</returns>
    internal async Task<string?> InitializeAsync(
        SessionInfo session,
        PluginConfiguration configuration,
        CancellationToken cancellationToken
    )
    {
        _plugin.Session = session;
        _plugin.Configuration = configuration;
        return await CallAsync(_plugin.InitializeAsync, nameof(KilometersPlugin.InitializeAsync), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until no handler runs, and keeps others from running until disposed.</summary>
    internal async ValueTask<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new(_turn);
    }

    /// <summary>Hands a message to the plugin. Never throws; completes at once when the handler does.</summary>
    internal ValueTask HandleAsync(ObservedMessage message, CancellationToken cancellationToken) =>
        // :: Step 8: the author's own code sees the message.
        Handle(static (plugin, item, token) => plugin.HandleMessageAsync(item, token), message, cancellationToken);

    internal ValueTask HandleAsync(ObservedError error, CancellationToken cancellationToken) =>
        Handle(static (plugin, item, token) => plugin.HandleErrorAsync(item, token), error, cancellationToken);

    internal ValueTask HandleAsync(StreamEvent streamEvent, CancellationToken cancellationToken) =>
        Handle(static (plugin, item, token) => plugin.HandleStreamEventAsync(item, token), streamEvent, cancellationToken);

    /// <summary>Ends the plugin's own work, once, however often and by whomever it is asked: the host, a signal, the host's death.</summary>
    /// <returns>Why it failed, one line; null if it did not.</returns>
    internal Task<string?> ShutdownAsync(CancellationToken cancellationToken)
    {
        lock (_ending)
            return _shutdown ??= EndAsync(cancellationToken);
    }

    private async Task<string?> EndAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        try
        {
            using (await TakeTurnAsync(cancellationToken).ConfigureAwait(false))
                return await CallAsync(_plugin.ShutdownAsync, nameof(KilometersPlugin.ShutdownAsync), cancellationToken)
                    .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return "a handler did not end before the deadline";
        }
    }

    private async Task<string?> CallAsync(Func<CancellationToken, ValueTask> call, string name, CancellationToken cancellationToken)
    {
        try
        {
            await call(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            LogCallFailed(_plugin.Logger, exception, name);
            return OneLine(exception);
        }
    }

    /// <summary>The hot path allocates nothing and awaits nothing when the handler is done already.</summary>
    private ValueTask Handle<T>(
        Func<KilometersPlugin, T, CancellationToken, ValueTask> handler,
        T item,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return Finish(handler(_plugin, item, cancellationToken), cancellationToken);
        }
        catch (Exception exception)
        {
            Fail(exception, cancellationToken);
            return ValueTask.CompletedTask;
        }
    }

    private ValueTask Finish(ValueTask handling, CancellationToken cancellationToken)
    {
        if (!handling.IsCompletedSuccessfully)
            return FinishLater(handling, cancellationToken);
        handling.GetAwaiter().GetResult();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishLater(ValueTask handling, CancellationToken cancellationToken)
    {
        try
        {
            await handling.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception, cancellationToken);
        }
    }

    private void Fail(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
            return;
        LastError = OneLine(exception);
        var failures = Interlocked.Increment(ref _failures);
        if (failures <= FailuresLogged || BitOperations.IsPow2(failures))
            LogHandlerFailed(_plugin.Logger, exception, failures);
    }

    private static string OneLine(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}".ReplaceLineEndings(" ");
        return text.Length <= 500 ? text : text[..500];
    }

    [LoggerMessage(1, LogLevel.Error, "A handler failed, {Failures} times so far")]
    private static partial void LogHandlerFailed(ILogger logger, Exception exception, ulong failures);

    [LoggerMessage(2, LogLevel.Error, "{Call} failed")]
    private static partial void LogCallFailed(ILogger logger, Exception exception, string call);

    /// <summary>The right to call handlers; disposing gives it back.</summary>
    internal readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
