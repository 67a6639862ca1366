using Kilometers.Contracts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Egress;
using Kilometers.PluginHost.Launch;
using Kilometers.PluginHost.Sharing;

namespace Kilometers.PluginHost.Lifecycle;

/// <summary>What one plugin consists of in a session, however often its process is started.</summary>
internal sealed record PluginContext(
    PluginSource Source,
    PluginLife Life,
    PluginQueue Queue,
    PluginAudit Audit,
    IPluginPresenter Presenter,
    PluginHostingOptions Options,
    TimeProvider Time
)
{
    /// <summary>What it did on the network, in all its processes.</summary>
    public EgressJournal Network { get; set; } = new();

    /// <summary>Called when it was refused or given up: nothing starts it again by itself.</summary>
    public Action FailedPermanently { get; init; } = () => { };

    /// <summary>Called before each start, when it is certain which plugin it is, with its name and whether it asks for guaranteed delivery.</summary>
    public Action<string, bool> Identified { get; init; } = (_, _) => { };
}

/// <summary>What its start needs of the session.</summary>
/// <param name="Pool">The processes of this host.</param>
/// <param name="Facts">About the session.</param>
/// <param name="View">The user's entitlement.</param>
internal sealed record PluginStart(ProcessPool Pool, SessionFacts Facts, EntitlementView View);

/// <summary>How one process of a plugin came to its end.</summary>
/// <param name="Error">Why; null if it was asked to end, and has.</param>
/// <param name="MayRestart">Whether another process may do better. A refusal stays one.</param>
internal sealed record RunEnd(KmError? Error, bool MayRestart)
{
    public static RunEnd Asked { get; } = new(null, false);

    public static RunEnd Refused(KmError error) => new(error, false);

    public static RunEnd Failed(KmError error) => new(error, true);
}
