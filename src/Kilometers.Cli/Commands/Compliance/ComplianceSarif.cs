using System.Security.Cryptography;
using System.Text;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Transcripts;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>A report as SARIF: a result for each fault of the log, change, finding, denial and gap. What was approved is suppressed, with who and when.</summary>
internal static class ComplianceSarif
{
    private const string NoServer = "km";

    /// <summary>What there is to say of codes that results have; other codes are those of denials.</summary>
    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        [ErrorCode.AuditDamaged] = "The audit log was changed, shortened, or has gaps",
        [ErrorCode.AuditNotRead] = "The audit log cannot be verified",
        [ErrorCode.ComplianceGap] = "A session passed traffic on that was not observed, or nothing is known of its end",
        [ErrorCode.RequestUnchecked] = "A request passed though nobody decided about it",
        [ErrorCode.GuardDefinitionChanged] = "A server changed a definition after it was approved",
        [ErrorCode.GuardDefinitionAdded] = "A server added a definition after the others were approved",
        [ErrorCode.GuardDefinitionRemoved] = "A server no longer lists a definition that was approved",
        [ErrorCode.GuardNotChecked] = "Guard could not look at all of a message",
        [ErrorCode.GuardSameName] = "Two servers have tools of the same name",
        [ErrorCode.GuardLookAlike] = "A name looks like another one, or mixes alphabets",
        [ErrorCode.GuardHiddenText] = "A text has characters that a person does not see",
        [ErrorCode.GuardEncodedText] = "A text hides another one by an encoding",
        [ErrorCode.GuardInstructions] = "A text gives the model instructions",
        [ErrorCode.GuardCapability] = "What a tool does is not what it says of itself",
        [ErrorCode.GuardSecret] = "A secret is in a message",
        [ErrorCode.GuardPersonalData] = "The number of a payment card or a bank account is in a message",
        [ErrorCode.GuardRuleViolated] = "A request violates a rule",
        [ErrorCode.GuardDataFlow] = "What one server sent appears in the arguments to another",
        [ErrorCode.GuardSecretFlow] = "A secret that a server sent goes to another server, or to an address",
        [ErrorCode.GuardObeyed] = "A call does what a result with instructions said",
    };

    public static void Write(ComplianceReport report, Stream output)
    {
        List<SarifResult> results = [.. Faults(report), .. Changes(report), .. Findings(report), .. Gaps(report), .. Denials(report)];
        var proof = report.Proof;
        SarifLog.Write(
            output,
            new SarifRun(
                "km compliance",
                RootCommandLine.Version,
                [
                    .. results
                        .Select(result => result.Rule)
                        .Distinct()
                        .Order(StringComparer.Ordinal)
                        .Select(code => new SarifRule(
                            code,
                            Descriptions.GetValueOrDefault(code, "Something was refused or stopped: see docs/errors.md")
                        )),
                ],
                results
            )
            {
                Properties =
                [
                    new("since", ComplianceWords.Time(report.Period.Since)),
                    new("until", ComplianceWords.Time(report.Period.Until)),
                    new("auditLog", proof.Outcome),
                    .. proof.First is { } first ? Head("first", first) : [],
                    .. proof.Last is { } last ? Head("last", last) : [],
                    new("witness", proof.Witness is { } witness ? (witness.CoversPeriod ? "period" : "part") : "none"),
                ],
            }
        );
    }

    private static IEnumerable<SarifResult> Faults(ComplianceReport report)
    {
        if (report.Proof.IsIntact)
            yield break;
        var code = report.Proof.Outcome == "damaged" ? ErrorCode.AuditDamaged : ErrorCode.AuditNotRead;
        foreach (var fault in report.Proof.Faults)
            yield return new SarifResult(
                code,
                SarifLevel.Error,
                fault.Line is { } line ? $"line {Units.Count(line)}: {Text(fault.Detail)}" : Text(fault.Detail),
                "audit log"
            );
    }

    private static IEnumerable<SarifResult> Changes(ComplianceReport report) =>
        from change in report.Changes
        where change.Handling != Handling.NotNeeded
        let handled = ComplianceWords.Handled(change.Handling, change.By)
        select new SarifResult(
            change.Code,
            change.What switch
            {
                ChangeKind.Changed => SarifLevel.Error,
                ChangeKind.Added => SarifLevel.Warning,
                _ => SarifLevel.Note,
            },
            Text($"{ComplianceWords.Change(change)} ({handled})"),
            Server(change.Server)
        )
        {
            Fingerprint = Fingerprint(
                change.Code,
                change.ServerId,
                change.Kind.ToString(),
                change.Name,
                change.Field,
                change.Before,
                change.After,
                ComplianceWords.Time(change.Time)
            ),
            Accepted = Accepted(change.Handling, handled),
            Properties = [new("handling", Word(change.Handling)), new("time", ComplianceWords.Time(change.Time))],
        };

    private static IEnumerable<SarifResult> Findings(ComplianceReport report) =>
        from finding in report.Findings
        let handled = ComplianceWords.Handled(finding.Handling, finding.By)
        select new SarifResult(
            finding.Code,
            finding.Severity switch
            {
                Severity.High => SarifLevel.Error,
                Severity.Medium => SarifLevel.Warning,
                _ => SarifLevel.Note,
            },
            Text($"{finding.Subject} {finding.Summary}: {finding.Evidence} ({handled})"),
            Server(finding.Server)
        )
        {
            Fingerprint = Fingerprint(finding.Code, finding.ServerId, finding.Subject, finding.Evidence),
            Accepted = Accepted(finding.Handling, handled),
            Properties = [new("handling", Word(finding.Handling)), new("firstSeen", ComplianceWords.Time(finding.FirstSeen))],
        };

    private static IEnumerable<SarifResult> Gaps(ComplianceReport report) =>
        report.Gaps.Select(gap => new SarifResult(gap.Code, SarifLevel.Warning, Text(gap.Detail), Server(gap.Server))
        {
            Fingerprint = Fingerprint(gap.Code, Units.Count(gap.Seq), gap.Detail),
            Properties = Record(gap.Seq, gap.Time),
        });

    /// <summary>What was denied is what a control did: worth knowing, nothing to repair.</summary>
    private static IEnumerable<SarifResult> Denials(ComplianceReport report) =>
        report.Denials.Select(denial => new SarifResult(
            denial.Code ?? denial.Event,
            SarifLevel.Note,
            Text($"{denial.Event}: {ComplianceWords.Or(ComplianceWords.Denied(denial))}"),
            Server(denial.Server)
        )
        {
            Fingerprint = Fingerprint(denial.Code, Units.Count(denial.Seq)),
            Properties = Record(denial.Seq, denial.Time),
        });

    private static string? Accepted(Handling handling, string handled) =>
        handling is Handling.Approved or Handling.Withdrawn or Handling.Ignored ? Text(handled) : null;

    private static IReadOnlyList<KeyValuePair<string, string>> Record(long seq, DateTimeOffset time) =>
        [new("auditRecord", Units.Count(seq)), new("time", ComplianceWords.Time(time))];

    private static IReadOnlyList<KeyValuePair<string, string>> Head(string name, ChainHead head) =>
        [new($"{name}Record", Units.Count(head.Seq)), new($"{name}Hash", head.Hash)];

    private static string Word(Handling handling) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(handling.ToString());

    private static string Server(string? server) => string.IsNullOrEmpty(server) ? NoServer : Text(server);

    private static string Text(string text) => TerminalText.Line(text, int.MaxValue);

    private static string Fingerprint(params string?[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..32];
}
