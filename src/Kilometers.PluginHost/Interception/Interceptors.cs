using Grpc.Core;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Link.Holding;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Dispatch;
using Kilometers.PluginHost.Lifecycle;
using Kilometers.PluginHost.Policies;

namespace Kilometers.PluginHost.Interception;

/// <summary>Has the plugins decide about requests that a relay holds, as the administrator's policy grants it to them.</summary>
/// <param name="policy">What holds.</param>
/// <param name="plugins">The session's plugins.</param>
/// <param name="view">The user's entitlement, as it is now.</param>
/// <param name="time">The clock.</param>
internal sealed class Interceptors(
    PluginPolicy policy,
    Func<IReadOnlyList<PluginInstance>> plugins,
    Func<EntitlementView> view,
    TimeProvider time
)
{
    /// <summary>The part of a deadline that a plugin has: its verdict must still reach the relay.</summary>
    private const double Share = 0.9;

    private readonly IReadOnlyList<InterceptGrant> _grants = policy.Intercepting;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether policy has requests held.</summary>
    public bool AreGranted => _grants.Count > 0;

    /// <summary>Whether a request that nobody decides about is stopped.</summary>
    public bool AreClosed => _grants.Any(grant => grant.IsClosed);

    /// <summary>Completes when every plugin that is to decide is Active.</summary>
    public Task Ready => _ready.Task;

    /// <summary>What a relay must know.</summary>
    public IReadOnlyList<HoldRule> Rules =>
        [
            .. _grants.SelectMany(grant =>
                grant.Methods.Select(method => new HoldRule(
                    method.Split('*').MaxBy(part => part.Length)!,
                    grant.Plugin.Name,
                    grant.Deadline,
                    grant.IsClosed
                ))
            ),
        ];

    /// <summary>A plugin has become Active.</summary>
    public void BecameActive()
    {
        if (_grants.All(grant => Find(grant) is not null))
            _ready.TrySetResult();
    }

    /// <summary>Decides about a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="cancellationToken">The session ends.</param>
    /// <returns>For each of its calls what counts: what stops it first, else what was undecided first; null where nothing was asked.</returns>
    public async Task<IReadOnlyList<Ruling?>> DecideAsync(HeldLine line, CancellationToken cancellationToken)
    {
        if (line.Problem is { } problem)
            return
            [
                Count([
                    .. _grants.Select(grant =>
                        Undecided(grant, $"could not be asked, because the message cannot be read ({problem.TrimEnd('.')})")
                    ),
                ]),
            ];
        var asked = line.Calls.Select(call => AskAllAsync(call, cancellationToken)).ToList();
        return await Task.WhenAll(asked).ConfigureAwait(false);
    }

    private async Task<Ruling?> AskAllAsync(HeldCall call, CancellationToken cancellationToken)
    {
        var asked = _grants
            .Where(grant => call.Envelope.Method is { } method && grant.Concerns(method, call.Tool))
            .Select(grant => AskAsync(grant, call, cancellationToken))
            .ToList();
        return Count(await Task.WhenAll(asked).ConfigureAwait(false));
    }

    private static Ruling? Count(Ruling[] rulings) =>
        Array.Find(rulings, ruling => ruling.Stops)
        ?? Array.Find(rulings, ruling => ruling.Kind == RulingKind.PassUndecided)
        ?? rulings.FirstOrDefault();

    private async Task<Ruling> AskAsync(InterceptGrant grant, HeldCall call, CancellationToken cancellationToken)
    {
        if (WhyNot(grant) is { } why)
            return Undecided(grant, why);
        if (Find(grant) is not { ActiveRun: { } run })
            return Undecided(grant, "does not run");
        using var late = new CancellationTokenSource(grant.Deadline * Share, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            // Begun on the thread that waits for the verdict: another one would have to wake first, and the client waits for that, too.
            var verdict = await run.InterceptAsync(call, grant.Deadline * Share, end.Token).WaitAsync(end.Token).ConfigureAwait(false);
            return verdict.Kind switch
            {
                VerdictKind.Allow => new Ruling { Kind = RulingKind.Pass, Plugin = grant.Plugin.Name },
                VerdictKind.Deny or VerdictKind.ReplaceResult => new Ruling
                {
                    Kind = RulingKind.Stop,
                    Plugin = grant.Plugin.Name,
                    Reason = verdict.Reason.Length > 0 ? verdict.Reason : "it gave no reason",
                    Replaces = verdict.Kind == VerdictKind.ReplaceResult,
                },
                _ => Undecided(grant, "gave no verdict"),
            };
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            return Undecided(
                grant,
                late.IsCancellationRequested
                        ? FormattableString.Invariant($"gave no verdict within {grant.Deadline.TotalMilliseconds:0} ms")
                    : cancellationToken.IsCancellationRequested ? "gave no verdict before the session's end"
                    : "failed before it gave a verdict"
            );
        }
    }

    /// <summary>Why a plugin is not asked, whatever it does; null if it is.</summary>
    private string? WhyNot(InterceptGrant grant)
    {
        var named = plugins().FirstOrDefault(plugin => !plugin.IsDismissed && plugin.Label == grant.Plugin.Name);
        if (named is null)
            return "is not installed";
        if (Find(grant) is not { } plugin)
            return named switch
            {
                { Error: { } error } => $"does not run ({error.Summary} [{error.Code}])",
                { ActiveRun: not null } when named.Loaded?.Verification is null => "is unsigned",
                { ActiveRun: not null } when named.Loaded?.Verification?.Manifest.Capabilities.Intercept != true =>
                    "does not ask in its manifest to decide about requests",
                { ActiveRun: not null } => "is another version than the one that policy names, or does not decide about requests",
                _ => "does not run",
            };
        var entitlement = view();
        var missing = FeatureGate.ForbiddenBy(policy, PluginCapabilities.InterceptFeature)
            ?? (
                entitlement.Tier < Tier.Enterprise || entitlement.State == Entitlements.Tokens.EntitlementState.Denied
                    ? "the subscription is not Enterprise"
                    : FeatureGate.MissingIn(entitlement, PluginCapabilities.InterceptFeature)
            );
        return missing is null ? null : $"may not decide, because {missing}";
    }

    /// <summary>The plugin of a grant, if it runs, is the one that is meant, asks for it in its signed manifest, and can do it.</summary>
    private PluginInstance? Find(InterceptGrant grant) =>
        plugins()
            .FirstOrDefault(plugin =>
                plugin is { IsDismissed: false, ActiveRun.Intercepts: true, Loaded.Verification: { } verified }
                && verified.Manifest.Capabilities.Intercept
                && grant.Plugin.Covers(verified.Manifest, verified.PayloadDigest)
            );

    private static Ruling Undecided(InterceptGrant grant, string why) =>
        new()
        {
            Kind = grant.IsClosed ? RulingKind.StopUndecided : RulingKind.PassUndecided,
            Plugin = grant.Plugin.Name,
            Reason = why,
        };
}
