using Kilometers.Contracts;
using Kilometers.Plugin.Sdk.Intercepting;
using Kilometers.Plugins.Guard.Policy;
using Kilometers.Plugins.Guard.Text;
using Kilometers.Rules;

namespace Kilometers.Plugins.Guard.Stopping;

/// <summary>
/// Stops requests that violate a rule which denies them, and those that may violate it because they cannot be read as a whole.
/// </summary>
/// <param name="rules">The session's rules.</param>
/// <param name="mask">Masks secrets.</param>
internal sealed class DeniedByRule(SessionRules rules, Func<string, string> mask) : IVerdicts
{
    public Verdict Decide(HeldRequest request) =>
        rules.Decide(request) is { Rule.Action: RuleAction.Deny } violation
            ? Verdict.ReplaceResult(
                $"it {VisibleText.Of(RuleText.Violates(violation) + RuleText.Why(violation))} ({VisibleText.Of(mask(violation.Evidence))}) "
                    + $"[{ErrorCode.GuardRuleStopped}]"
            )
            : Verdict.Allow;
}
