using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Rules;

namespace Kilometers.Plugins.Guard.Policy;

/// <summary>What the rules say of a request.</summary>
/// <param name="InForce">The rules.</param>
/// <param name="IsIncluded">Whether the subscription includes them. If it does not, nothing was decided.</param>
/// <param name="Violation">What it violates; null: nothing.</param>
internal sealed record RuleDecision(RulesInForce InForce, bool IsIncluded, RuleViolation? Violation);

/// <summary>
/// Holds the requests of one session against the rules in force, each of them once: what was decided about a request while it was held counts
/// when it is observed afterwards, so that a rate counts it once. Safe to use from several threads.
/// </summary>
/// <param name="server">What the user calls the server.</param>
/// <param name="rules">The rules.</param>
/// <param name="isIncluded">Whether the subscription includes them now.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionRules(string server, InstalledRules rules, Func<bool> isIncluded, TimeProvider time)
{
    /// <summary>Requests that were held and not observed yet. A request beyond that is decided about again when it is observed.</summary>
    public const int MaxHeld = 1000;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Method, string Name, string Id, RuleDecision Decision)> _held = [];
    private RulesInForce? _known;
    private RuleEvaluator? _evaluator;

    /// <summary>Decides about a request that is held. It is never one that was decided about before: a client may send the same twice.</summary>
    /// <exception cref="InvalidOperationException">There are rules that deny, or may be, and they cannot be applied: nothing is decided.</exception>
    public RuleViolation? Decide(HeldRequest request)
    {
        if (!GuardedRequest.Is(request.Id.Length > 0, request.Method))
            return null;
        lock (_gate)
        {
            var now = rules.Look();
            if (!now.AreKnown)
                throw new InvalidOperationException($"The rules cannot be read: {now.Fault}");
            // If no rule denies, the request is looked at when it is observed, and need not wait for that.
            if (now.Rules.Denying == 0)
                return null;
            if (!isIncluded())
                throw new InvalidOperationException("Rules that deny requests are not part of the subscription.");
            var decision = Decide(now, Of(request));
            _held.AddLast((request.Method, request.Name, request.Id, decision));
            if (_held.Count > MaxHeld)
                _held.RemoveFirst();
            return decision.Violation;
        }
    }

    /// <summary>What the rules say of a request that is observed.</summary>
    public RuleDecision Find(ObservedMessage message)
    {
        lock (_gate)
        {
            if (message.Direction == MessageDirection.Inbound && Take(message) is { } held)
                return held;
            var now = rules.Current;
            return isIncluded() ? Decide(now, Of(message)) : new RuleDecision(now, IsIncluded: false, null);
        }
    }

    private RuleDecision Decide(RulesInForce now, GuardedRequest request)
    {
        if (now != _known)
            (_known, _evaluator) = (now, now.Rules == _known?.Rules ? _evaluator : new RuleEvaluator(now.Rules));
        return new RuleDecision(now, IsIncluded: true, _evaluator!.Evaluate(request));
    }

    private RuleDecision? Take(ObservedMessage message)
    {
        for (var node = _held.First; node is not null; node = node.Next)
        {
            if ((node.Value.Method, node.Value.Name, node.Value.Id) != (message.Method, message.Name, message.Id))
                continue;
            _held.Remove(node);
            return node.Value.Decision;
        }

        return null;
    }

    private GuardedRequest Of(HeldRequest request) =>
        new()
        {
            Server = server,
            Method = request.Method,
            Name = request.Name,
            Time = time.GetUtcNow(),
            Message = request.Payload,
        };

    private GuardedRequest Of(ObservedMessage message) =>
        new()
        {
            Server = server,
            Method = message.Method,
            Name = message.Name,
            Time = message.Time,
            Message = message.IsTruncated || message.PayloadOmitted ? null : (ReadOnlyMemory<byte>?)message.Payload,
        };
}
