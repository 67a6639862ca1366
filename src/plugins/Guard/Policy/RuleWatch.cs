using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Text;
using Kilometers.Rules;

namespace Kilometers.Plugins.Guard.Policy;

/// <summary>Holds the requests of one session against the rules, where the subscription includes them.</summary>
/// <param name="server">What the user calls the server.</param>
/// <param name="inForce">The rules.</param>
/// <param name="isIncluded">Whether the subscription includes them now.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class RuleWatch(string server, Func<RulesInForce> inForce, Func<bool> isIncluded, Func<string, string> mask)
{
    private RulesInForce? _known;
    private RuleEvaluator? _evaluator;

    /// <summary>What a message violates, and why rules are not in force, if they are not.</summary>
    public IEnumerable<Finding> Find(ObservedMessage message)
    {
        if (message.Kind != MessageKind.Request)
            yield break;
        var now = inForce();
        if (now is { Rules.Rules.Count: 0, Fault: null })
            yield break;
        if (!isIncluded())
        {
            yield return Off();
            yield break;
        }

        if (now != _known)
            (_known, _evaluator) = (now, now.Rules == _known?.Rules ? _evaluator : new RuleEvaluator(now.Rules));
        if (now.Fault is { } fault)
            yield return Invalid(fault, now.Rules.Rules.Count);
        if (_evaluator!.Evaluate(Of(message)) is { } violation)
            yield return Of(message, violation);
    }

    private GuardedRequest Of(ObservedMessage message) =>
        new()
        {
            Server = server,
            Method = message.Method,
            Name = message.Name,
            Time = message.Time,
            Message = message.IsTruncated || message.PayloadOmitted ? null : (ReadOnlyMemory<byte>?)message.Payload,
        };

    private Finding Of(ObservedMessage message, RuleViolation violation)
    {
        var what = message.Name.Length > 0 ? $"{message.Method} '{message.Name}'" : message.Method;
        var why = violation.Rule.Description is { } description ? $": {description}" : "";
        return new()
        {
            Code = ErrorCode.GuardRuleViolated,
            Severity = SeverityOf(violation.Rule.Severity),
            Subject = mask(what),
            Summary = VisibleText.Of($"{(violation.IsCertain ? "violates" : "may violate")} the rule '{violation.Rule.Name}'{why}"),
            Evidence = VisibleText.Of(mask(violation.Evidence)),
            Advice = "Find out what made the model do this. If it is right, change the rule, then: km guard use FILE",
        };
    }

    private static Finding Off() =>
        new()
        {
            Code = ErrorCode.GuardRulesOff,
            Severity = Severity.Medium,
            Subject = "guard.json",
            Summary = "is not in force: rules are part of the Enterprise subscription",
            Evidence = "-",
            Advice = "Check the subscription: km auth status   To remove the rules: km guard use --none",
        };

    private static Finding Invalid(string fault, int kept) =>
        new()
        {
            Code = ErrorCode.GuardRulesInvalid,
            Severity = Severity.High,
            Subject = "guard.json",
            Summary = kept > 0 ? "is not valid: the rules before the last change stay in force" : "is not valid: no rule is in force",
            Evidence = VisibleText.Of(fault),
            Advice = "Check your file, and put it in force again: km guard check FILE   km guard use FILE",
        };

    private static Severity SeverityOf(RuleSeverity severity) =>
        severity switch
        {
            RuleSeverity.Low => Severity.Low,
            RuleSeverity.High => Severity.High,
            _ => Severity.Medium,
        };
}
