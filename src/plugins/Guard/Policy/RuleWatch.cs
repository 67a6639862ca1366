using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Text;
using Kilometers.Rules;

namespace Kilometers.Plugins.Guard.Policy;

/// <summary>Makes findings of what the rules say of observed requests, where the subscription includes rules.</summary>
/// <param name="rules">The rules.</param>
/// <param name="canStop">Whether policy has requests of this session held for guard.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class RuleWatch(SessionRules rules, bool canStop, Func<string, string> mask)
{
    /// <summary>What a message violates, and why rules are not in force, or only report, if that is so.</summary>
    public IEnumerable<Finding> Find(ObservedMessage message)
    {
        if (
            message.Kind is not (MessageKind.Request or MessageKind.Notification)
            || !GuardedRequest.Is(message.Kind == MessageKind.Request, message.Method)
        )
            yield break;
        var (now, isIncluded, violation) = rules.Find(message);
        if (now is { Rules.Rules.Count: 0, Fault: null })
            yield break;
        if (!isIncluded)
        {
            yield return Off();
            yield break;
        }

        if (now.Fault is { } fault)
            yield return Invalid(fault, now.Rules.Rules.Count);
        if (now.Rules.Denying > 0 && !canStop)
            yield return OnlyReport();
        if (violation is not null)
            yield return Of(message, violation);
    }

    private Finding Of(ObservedMessage message, RuleViolation violation)
    {
        var what = message.Name.Length > 0 ? $"{message.Method} '{message.Name}'" : message.Method;
        var fate =
            message.IsStopped ? " and was stopped"
            : violation.Rule.Action == RuleAction.Deny ? " and was not stopped"
            : "";
        return new()
        {
            Code = message.IsStopped ? ErrorCode.GuardRuleStopped : ErrorCode.GuardRuleViolated,
            Severity = SeverityOf(violation.Rule.Severity),
            Subject = mask(what),
            Summary = VisibleText.Of($"{RuleText.Violates(violation)}{fate}{RuleText.Why(violation)}"),
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

    private static Finding OnlyReport() =>
        new()
        {
            Code = ErrorCode.GuardRulesOnlyReport,
            Severity = Severity.Medium,
            Subject = "guard.json",
            Summary = "has rules that deny requests, and here they only report: no policy has requests held for guard",
            Evidence = "-",
            Advice = "An administrator can grant it (see: km policy show), for servers over stdio.",
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
