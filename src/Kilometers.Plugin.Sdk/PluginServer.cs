using Grpc.Core;
using Kilometers.GoPlugin.Server;
using Kilometers.Plugin.Sdk.Authorization;
using Kilometers.Plugin.Sdk.Serving;
using Microsoft.Extensions.Logging;
using V1 = Kilometers.Wire.V1.KilometersPlugin;
using V2 = Kilometers.Wire.V2.KilometersPlugin;

namespace Kilometers.Plugin.Sdk;

/// <summary>
/// Serves a plugin to km, under both versions of the contract: what the process does once, and the sessions that it serves. Where km gives
/// the process one session, the plugin that describes itself also serves that.
/// </summary>
#pragma warning disable CA1001 // One per process, ending with it; what it holds has no other resource to release.
public sealed class PluginServer
#pragma warning restore CA1001
{
    private const string CookieKey = "KILOMETERS_PLUGIN";
    private const string CookieValue = "kilometers_monitoring_plugin";

    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly HashSet<ServedSession> _sessions = [];
    private readonly Func<KilometersPlugin>? _create;
    private readonly PluginServices? _services;
    private TaskCompletionSource _initialized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<string?>? _shutdown;
    private bool _servesMany;

    /// <param name="plugin">Describes and authorizes itself; serves the only session, where the process has only one.</param>
    /// <param name="logger">km's log.</param>
    /// <param name="create">Makes an instance for a session; null: the process serves one session.</param>
    /// <param name="services">What sessions share; null: nothing.</param>
    internal PluginServer(KilometersPlugin plugin, ILogger logger, Func<KilometersPlugin>? create = null, PluginServices? services = null)
    {
        plugin.Logger = logger;
        services?.Logger = logger;
        _create = create;
        _services = services;
        Single = new ServedSession(plugin, _ending.Token);
    }

    internal KilometersPlugin Plugin => Single.Plugin;

    /// <summary>The session of a process that serves one.</summary>
    internal ServedSession Single { get; }

    /// <summary>Whether the process can serve many sessions.</summary>
    internal bool ServesSessions => _create is not null;

    /// <summary>Cancelled when the process' shutdown begins.</summary>
    internal CancellationToken Ending => _ending.Token;

    /// <summary>
    /// Serves a plugin of one session until km ends it: the one line of a plugin's <c>Main</c>. km starts a process for each session. From the
    /// call on, <c>Console.Out</c> is shown by km on its stderr; nothing may be printed before it.
    /// </summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="cancellationToken">Ends the plugin in order.</param>
    /// <returns>The exit code: 0 after an orderly end; 1 when km did not start the process, or it could not be served.</returns>
    public static Task<int> RunAsync(KilometersPlugin plugin, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        return RunAsync(plugin, null, null, cancellationToken);
    }

    /// <summary>
    /// Serves all sessions of a user in one process, until km ends it, with an instance of the plugin for each session. One more instance
    /// describes and authorizes the plugin. Print with <see cref="KilometersPlugin.Output"/>, which reaches the session's own terminal:
    /// <c>Console.Out</c> reaches those of all sessions.
    /// </summary>
    /// <param name="create">Makes an instance.</param>
    /// <param name="services">What all instances share; null: nothing.</param>
    /// <param name="cancellationToken">Ends the plugin in order.</param>
    /// <returns>The exit code: 0 after an orderly end; 1 when km did not start the process, or it could not be served.</returns>
    public static Task<int> RunSessionsAsync(
        Func<KilometersPlugin> create,
        PluginServices? services = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(create);
        return RunAsync(create(), create, services, cancellationToken);
    }

    internal async Task<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        AuthenticationResult result;
        try
        {
            result = await Plugin.AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            AuthorsCall.LogCallFailed(Plugin.Logger, exception, nameof(KilometersPlugin.AuthenticateAsync));
            result = AuthenticationResult.Denied(AuthorsCall.OneLine(exception));
        }

        lock (_gate)
        {
            Plugin.Entitlement = result.Entitlement;
            _services?.Entitlement = result.Entitlement;
            foreach (var session in _sessions)
                session.Plugin.Entitlement = result.Entitlement;
        }

        return result;
    }

    /// <param name="hostVersion">The version of km; empty if not known.</param>
    /// <param name="session">The only session; null if the process serves many.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="cancellationToken">Cancelled when the host no longer waits.</param>
    /// <returns>Why it failed, one line; null if it did not.</returns>
    internal async Task<string?> InitializeAsync(
        string hostVersion,
        SessionInfo? session,
        PluginConfiguration configuration,
        CancellationToken cancellationToken
    )
    {
        Plugin.Configuration = configuration;
        _servesMany = session is null;
        if (_services is { } services)
        {
            (services.Configuration, services.HostVersion) = (configuration, hostVersion);
            var failure = await AuthorsCall
                .TryAsync(services.Logger, services.InitializeAsync, nameof(PluginServices.InitializeAsync), cancellationToken)
                .ConfigureAwait(false);
            if (failure is not null)
                return failure;
        }

        if (session is null)
            return null;
        Plugin.Session = session;
#pragma warning disable RS0030 // The process serves one session: what is printed for it and what the process prints are the same.
        Plugin.Output = Console.Out;
#pragma warning restore RS0030
        return await InitializeAsync(Single, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the author prepare for a session.</summary>
    /// <returns>Why it failed, one line; null if it did not.</returns>
    internal async Task<string?> InitializeAsync(ServedSession session, CancellationToken cancellationToken)
    {
        var failure = await session.InitializeAsync(cancellationToken).ConfigureAwait(false);
        TaskCompletionSource changed;
        lock (_gate)
            (changed, _initialized) = (_initialized, new(TaskCreationOptions.RunContinuationsAsynchronously));
        changed.SetResult();
        return failure;
    }

    /// <summary>Makes the instance of a session that begins. End it with <see cref="EndAsync"/>.</summary>
    internal ServedSession Begin(SessionInfo info, bool color, TextWriter output)
    {
        var plugin = _create!();
        plugin.Logger = Plugin.Logger;
        plugin.Session = info;
        plugin.Configuration = Plugin.Configuration with { Color = color };
        plugin.Output = output;
        var session = new ServedSession(plugin, _ending.Token);
        lock (_gate)
        {
            plugin.Entitlement = Plugin.Entitlement;
            _sessions.Add(session);
        }

        return session;
    }

    /// <summary>The session of an identifier that is served now, and initialized; null if there is none.</summary>
    internal ServedSession? Find(string id)
    {
        lock (_gate)
        {
            if (!_servesMany)
                return Single.IsInitialized && Plugin.Session.Id == id ? Single : null;
            return _sessions.FirstOrDefault(session => session.IsInitialized && session.Plugin.Session.Id == id);
        }
    }

    /// <summary>The same; waits for a session that begins: km may ask about its first request before the plugin is prepared for it.</summary>
    /// <param name="id">The identifier.</param>
    /// <param name="limit">How long, at most.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    internal async ValueTask<ServedSession?> FindAsync(string id, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Find(id) is { } known)
            return known;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(limit);
        while (true)
        {
            Task changed;
            lock (_gate)
                changed = _initialized.Task;
            if (Find(id) is { } found)
                return found;
            await changed.WaitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (late.IsCancellationRequested)
                return null;
        }
    }

    internal async Task EndAsync(ServedSession session, CancellationToken cancellationToken)
    {
        await session.ShutdownAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
            _sessions.Remove(session);
        session.Dispose();
    }

    /// <summary>Ends the plugin's own work, once, however often and by whomever it is asked: the host, a signal, the host's death.</summary>
    /// <returns>Why it failed, one line; null if it did not.</returns>
    internal Task<string?> ShutdownAsync(CancellationToken cancellationToken)
    {
        lock (_ending)
            return _shutdown ??= EndAllAsync(cancellationToken);
    }

    private static async Task<int> RunAsync(
        KilometersPlugin plugin,
        Func<KilometersPlugin>? create,
        PluginServices? services,
        CancellationToken cancellationToken
    )
    {
        HostNetwork.Open();
        PluginServer? server = null;
        PluginServer Create(GoPluginContext context) =>
            server = new(plugin, context.LoggerFactory.CreateLogger(plugin.Name), create, services);
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

    private async Task<string?> EndAllAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        ServedSession[] sessions;
        lock (_gate)
            sessions = _servesMany ? [.. _sessions] : [Single];
        var failures = await Task.WhenAll(sessions.Select(session => session.ShutdownAsync(cancellationToken))).ConfigureAwait(false);
        var failure = failures.FirstOrDefault(one => one is not null);
        return _services is { } services
            ? await AuthorsCall
                .TryAsync(services.Logger, services.ShutdownAsync, nameof(PluginServices.ShutdownAsync), cancellationToken)
                .ConfigureAwait(false)
                ?? failure
            : failure;
    }
}
