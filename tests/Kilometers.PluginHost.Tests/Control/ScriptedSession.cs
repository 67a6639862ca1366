using Kilometers.Contracts;
using Kilometers.PluginHost.Control;

namespace Kilometers.PluginHost.Tests.Control;

/// <summary>A session that shows what it is told and does what it is told.</summary>
internal sealed class ScriptedSession : ISessionControl
{
    public List<(ControlAction Action, string Plugin)> Done { get; } = [];

    public Func<CancellationToken, Task<KmError?>> Act { get; init; } = _ => Task.FromResult<KmError?>(null);

    public Func<SessionReport> Show { get; init; } =
        () =>
            new SessionReport
            {
                Pid = 42,
                Session = "0123456789abcdef0123456789abcdef",
                Server = "files",
                Started = DateTimeOffset.UnixEpoch,
                KmVersion = "1.0.0",
                Decisions = new EntitlementDecisions
                {
                    Loads = new DecisionCount { All = 10, Cached = 9 },
                    Messages = new DecisionCount { All = 0, Cached = 0 },
                },
                Plugins = [],
            };

    public SessionReport Report() => Show();

    public Task<KmError?> ActAsync(ControlAction action, string plugin, ControlPeer peer, CancellationToken cancellationToken)
    {
        Done.Add((action, plugin));
        return Act(cancellationToken);
    }
}
