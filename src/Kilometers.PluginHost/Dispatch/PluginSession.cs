using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.GoPlugin.Client;
using Kilometers.PluginHost.Authorization;

namespace Kilometers.PluginHost.Dispatch;

/// <summary>Who a plugin says it is.</summary>
internal sealed record PluginDescription(string Name, string Version, string RequiredTier);

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
}

/// <summary>What one plugin gets at its start.</summary>
/// <param name="Settings">Its own settings, by lower-case name.</param>
/// <param name="ApiEndpoint">The Kilometers API; empty: none.</param>
/// <param name="StateDirectory">The only folder that it may write; empty: none.</param>
internal sealed record PluginConfiguration(IReadOnlyDictionary<string, string> Settings, string ApiEndpoint, string StateDirectory);

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

    public static PluginSession Create(GoPluginClient client, SessionFacts facts, TimeSpan callTimeout, TimeProvider time) =>
        client.ProtocolVersion switch
        {
            2 => new Version2Session(client.CallInvoker, facts, callTimeout, time),
            _ => new Version1Session(client.CallInvoker, facts, callTimeout, time),
        };

    public abstract Task<PluginDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Presents the entitlement; again whenever it was refreshed.</summary>
    public abstract Task<KmError?> AuthenticateAsync(string plugin, EntitlementView view, CancellationToken cancellationToken);

    /// <summary>Gives the plugin its configuration, and the queue its interest.</summary>
    public abstract Task<KmError?> InitializeAsync(
        string plugin,
        PluginConfiguration configuration,
        PluginQueue queue,
        CancellationToken cancellationToken
    );

    /// <summary>Sends what the queue holds until it is completed and everything is acknowledged.</summary>
    public abstract Task DeliverAsync(PluginQueue queue, CancellationToken cancellationToken);

    public abstract Task ShutdownAsync(TimeSpan within, CancellationToken cancellationToken);
}
