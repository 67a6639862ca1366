using Kilometers.Contracts;
using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Reporting;

/// <summary>Something that was not looked at, and could hide anything: silence would say that all is well.</summary>
internal static class Unchecked
{
    /// <summary>The finding that says so.</summary>
    /// <param name="subject">What it is.</param>
    /// <param name="why">Why, as the rest of a sentence.</param>
    /// <param name="severity">How much it matters.</param>
    public static Finding Of(string subject, string why, Severity severity) =>
        new()
        {
            Code = ErrorCode.GuardNotChecked,
            Severity = severity,
            Subject = subject,
            Summary = why,
            Evidence = "-",
            Advice = "Raise --buffer-size if the message is larger than that, or ask the server's author why it is so large.",
        };
}
