using Kilometers.Rules;

namespace Kilometers.Plugins.Guard.Policy;

/// <summary>A violation in words.</summary>
internal static class RuleText
{
    /// <summary>What the request does, as the end of a sentence.</summary>
    public static string Violates(RuleViolation violation) =>
        $"{(violation.IsCertain ? "violates" : "may violate")} the rule '{violation.Rule.Name}'";

    /// <summary>Why there is the rule; empty if it does not say so.</summary>
    public static string Why(RuleViolation violation) => violation.Rule.Description is { } description ? $": {description}" : "";
}
