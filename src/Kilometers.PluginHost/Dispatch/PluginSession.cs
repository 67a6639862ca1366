using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>Who a plugin says it is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="RequiredTier">The tier that it requires.</param>
/// <param name="ServesSessions">Whether its process can serve many sessions.</param>
/// <param name="Intercepts">Whether it decides about requests.</param>
internal sealed record SelfDescription(
    string Name,
    string Version,
    string RequiredTier,
    bool ServesSessions = false,
    bool Intercepts = false
);

/// <summary>What a plugin is told about its session.</summary>
internal sealed record SessionFacts
{
    /// <summary>Unique among all sessions.</summary>
    public required string SessionId { get; init; }

    public required string ServerLabel { get; init; }

    /// <summary>The server's command line, secrets masked; empty if not known.</summary>
    public string ServerCommand { get; init; } = "";

    public required string HostVersion { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required bool Color { get; init; }

    /// <summary>The Kilometers API; empty where nobody is signed in.</summary>
    public string ApiEndpoint { get; init; } = "";

    /// <summary>Whether policy has requests held for this plugin.</summary>
    public bool HoldsRequests { get; init; }
}

/// <summary>What one plugin gets at its start.</summary>
/// <param name="Settings">Its own settings, by lower-case name.</param>
/// <param name="ApiEndpoint">The Kilometers API; empty: none.</param>
/// <param name="StateDirectory">The only folder that it may write; empty: none.</param>
internal sealed record PluginSetup(IReadOnlyDictionary<string, string> Settings, string ApiEndpoint, string StateDirectory);

/// <summary>Of one session in a process that serves many.</summary>
/// <param name="Plugin">The plugin's name.</param>
/// <param name="Gate">Lets it send.</param>
internal sealed record SharedDelivery(string Plugin, TrialGate Gate);

/// <summary>What a plugin answered to Initialize.</summary>
/// <param name="Error">Why it does not want to be used; null if it does.</param>
/// <param name="Interest">What it wants; null: everything.</param>
/// <param name="MetadataOnly">Whether it wants no payloads.</param>
internal sealed record PluginAnswer(KmError? Error, InterestFilter? Interest = null, bool MetadataOnly = false);

/// <summary>
/// The conversation with one running plugin in one version of the km contract. Calls throw <see cref="RpcException"/> when the plugin
/// does not answer, and return a <see cref="KmError"/> when it refuses.
/// </summary>
internal abstract class PluginSession
{
    /// <summary>The contract's versions that this host speaks.</summary>
    public static IReadOnlyList<int> Versions { get; } = [1, 2];

    /// <summary>Items whose handler failed in the plugin.</summary>
    public long Failed { get; protected set; }

    /// <summary>Messages that the plugin's wire does not take because of their size.</summary>
    public long TooLarge { get; protected set; }

    /// <param name="client">The connection to the plugin.</param>
    /// <param name="facts">The session.</param>
    /// <param name="callTimeout">How long the plugin may take to answer one call.</param>
    /// <param name="time">The clock.</param>
    /// <param name="printed">Takes what the plugin prints for the person at this session's terminal, but for its standard output.</param>
    /// <param name="sharing">What the session has to do with others; null: the process is its own.</param>
    public static PluginSession Create(
        GoPluginClient client,
        SessionFacts facts,
        TimeSpan callTimeout,
        TimeProvider time,
        Action<ReadOnlyMemory<byte>> printed,
        SharedDelivery? sharing = null
    ) =>
        client.ProtocolVersion switch
        {
            2 => new Version2Session(client.CallInvoker, facts, callTimeout, time) { Printed = printed, Sharing = sharing },
            _ => new Version1Session(client.CallInvoker, facts, callTimeout, time),
        };

    public abstract Task<SelfDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Presents the entitlement; again whenever it was refreshed.</summary>
    public abstract Task<KmError?> AuthenticateAsync(string plugin, EntitlementView view, CancellationToken cancellationToken);

    /// <summary>Gives the plugin its configuration, and its session unless its process serves many.</summary>
    public abstract Task<PluginAnswer> InitializeAsync(string plugin, PluginSetup configuration, CancellationToken cancellationToken);

    /// <summary>Sends what the queue holds until it is completed and everything is acknowledged.</summary>
    /// <param name="queue">The session's queue.</param>
    /// <param name="answer">What the plugin wants of it.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="KmException">The plugin does not serve this session.</exception>
    public Task DeliverAsync(PluginQueue queue, PluginAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Interest is { } interest)
            queue.SetInterest(interest, answer.MetadataOnly);
        return DeliverAsync(queue, answer.MetadataOnly, cancellationToken);
    }

    protected static KmError NotInitialized(string plugin, string why) =>
        new(ErrorCode.PluginInitialize, $"Plugin '{plugin}' could not be initialized", WireText.Cut(why));

    protected abstract Task DeliverAsync(PluginQueue queue, bool metadataOnly, CancellationToken cancellationToken);

    /// <summary>Asks the plugin about a request that is held.</summary>
    /// <param name="request">The request.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its verdict; that it gave none, under a contract that knows none.</returns>
    public virtual Task<PluginVerdict> InterceptAsync(HeldCall request, TimeSpan deadline, CancellationToken cancellationToken) =>
        Task.FromResult(new PluginVerdict(VerdictKind.None, ""));

    public abstract Task ShutdownAsync(TimeSpan within, CancellationToken cancellationToken);
}
