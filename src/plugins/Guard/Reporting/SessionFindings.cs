using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Reporting;

/// <summary>What one session found: printed once, and kept in the server's record. Not safe to use from several threads.</summary>
/// <param name="server">The server's record.</param>
/// <param name="ignored">Codes that the user does not want to see.</param>
/// <param name="output">The session's terminal.</param>
internal sealed class SessionFindings(SessionServer server, IReadOnlySet<string> ignored, TextWriter output)
{
    /// <summary>Findings that are printed in one session, and as many changes: a flood of the former must not hide the latter.</summary>
    public const int MaxPrinted = 25;

    /// <summary>What is remembered as reported. When it is full, it is cleared: something may be reported twice, nothing is left out.</summary>
    private const int MaxKnown = 1000;

    private readonly HashSet<(string Code, string Subject, string Evidence)> _known = [];
    private int _printedFindings;
    private int _printedChanges;

    /// <summary>Reports what one message showed.</summary>
    /// <param name="findings">What it showed.</param>
    /// <param name="message">The message; null: it is about more than one.</param>
    public void Report(IReadOnlyCollection<Finding> findings, ObservedMessage? message = null)
    {
        var call = message is null ? null : CallOf(message);
        var fresh = findings
            .Where(one => !ignored.Contains(one.Code) && IsNew(one.Code, one.Subject, one.Hash ?? one.Evidence))
            .Select(one => one with { Call = call })
            .ToList();
        if (fresh.Count == 0)
            return;
        // That a request was stopped km has printed at once.
        foreach (var finding in fresh.Where(one => one.Code != ErrorCode.GuardRuleStopped))
            Print(finding);
        server.Keep(fresh);
    }

    /// <summary>Reports how a server differs from what was approved.</summary>
    public void Report(IReadOnlyList<DefinitionChange> changes)
    {
        var fresh = changes
            .Where(change => !ignored.Contains(CodeOf(change)))
            .Where(change => IsNew(CodeOf(change), $"{change.Kind} {change.Name} {change.Field}", $"{change.Before}\0{change.After}"))
            .OrderBy(change => change.What)
            .ToList();
        foreach (var change in fresh)
            if (MayPrint(ref _printedChanges))
                foreach (var line in ChangeText.Lines(change))
                    output.WriteLine(line);
        if (fresh.Count > 0)
            output.WriteLine(
                $"  Nobody approved this. Look at it: km guard show {server.Name}   If it is right: km guard approve {server.Name}"
            );
    }

    /// <summary>A call is known by its request; what is neither a request nor an answer belongs to none.</summary>
    private static long? CallOf(ObservedMessage message) =>
        message.Kind switch
        {
            MessageKind.Request => (long)message.Sequence,
            MessageKind.Response or MessageKind.ErrorResponse when message.RequestSequence > 0 => (long)message.RequestSequence,
            _ => null,
        };

    private void Print(Finding finding)
    {
        if (!MayPrint(ref _printedFindings))
            return;
        output.WriteLine($"{finding.Code} {Word(finding.Severity)}: {VisibleText.Of(finding.Subject)} {finding.Summary}");
        output.WriteLine($"  {finding.Evidence}");
        output.WriteLine($"  {finding.Advice.Replace("SERVER", server.Name, StringComparison.Ordinal)}");
    }

    private bool IsNew(string code, string subject, string evidence)
    {
        if (_known.Count >= MaxKnown)
            _known.Clear();
        return _known.Add((code, subject, evidence));
    }

    private bool MayPrint(ref int printed)
    {
        printed++;
        if (printed == MaxPrinted + 1)
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  This session has more than {MaxPrinted} of these. The others: km guard show {server.Name}"
                )
            );
        return printed <= MaxPrinted;
    }

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant();

    private static string CodeOf(DefinitionChange change) =>
        change.What switch
        {
            ChangeKind.Added => ErrorCode.GuardDefinitionAdded,
            ChangeKind.Removed => ErrorCode.GuardDefinitionRemoved,
            _ => ErrorCode.GuardDefinitionChanged,
        };
}
