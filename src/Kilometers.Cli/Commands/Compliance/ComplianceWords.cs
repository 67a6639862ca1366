using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>What the table and the page say alike.</summary>
internal static class ComplianceWords
{
    /// <summary>Digits of a digest that people compare by eye; the JSON has all.</summary>
    private const int ShownDigest = 12;

    /// <summary>What is proven of the audit log: first of all, and in any case.</summary>
    public static IEnumerable<string> Proof(ChainProof proof)
    {
        yield return proof.Outcome switch
        {
            "intact" => "The audit log is intact: every record is chained to the one before it, and the end is signed.",
            "damaged" =>
                $"THE AUDIT LOG IS DAMAGED: {Units.Many(proof.FaultCount, "fault")}. What follows may have been changed. See: km audit verify",
            _ => "THE AUDIT LOG CANNOT BE VERIFIED. What follows is not proven. See: km audit verify",
        };
        foreach (var fault in proof.Faults)
            yield return fault.Line is { } line ? $"line {Units.Count(line)}: {fault.Detail}" : fault.Detail;
        if (proof is not { First: { } first, Last: { } last })
        {
            yield return "There is no record in the period.";
            yield break;
        }

        yield return $"Records {Units.Count(first.Seq)} to {Units.Count(last.Seq)} are of the period: {Units.Many(proof.Records, "record")}.";
        yield return $"First: {Head(first)}";
        yield return $"Last: {Head(last)}";
        yield return proof.Witness switch
        {
            { CoversPeriod: true } witness => $"Witness: {Seen(witness)}, and so all records of the period.",
            { } witness => $"Witness: {Seen(witness)}, and so a part of the period.",
            null => "Witness: none saw the records of the period.",
        };
    }

    /// <summary>A time in UTC, whatever the zone of this machine.</summary>
    public static string Time(DateTimeOffset time) => AuditTable.Time(time);

    /// <summary>The same; nothing where there is none.</summary>
    public static string Time(DateTimeOffset? time) => time is { } known ? Time(known) : Units.None;

    public static string Digest(string? digest) =>
        digest is null ? Units.None
        : digest.Length > ShownDigest ? digest[..ShownDigest]
        : digest;

    public static string Or(string? text) => string.IsNullOrEmpty(text) ? Units.None : text;

    /// <summary>How something was handled, in a word or two.</summary>
    public static string State(Handling handling) =>
        handling switch
        {
            Handling.Denied => "stopped",
            Handling.NotNeeded => "not needed",
            _ => handling.ToString().ToLowerInvariant(),
        };

    /// <summary>Who approved something, by the audit log; nothing where nobody did.</summary>
    public static string ApprovedBy(HandledBy? by) =>
        by switch
        {
            { Seq: { } seq } => $"{by.User ?? "a user that the log does not name"}, {Time(by.Time)}, record {Units.Count(seq)}",
            { } => $"guard's history says so, {Time(by.Time)}; the audit log has no record of it",
            null => Units.None,
        };

    /// <summary>The same in one sentence.</summary>
    public static string Handled(Handling handling, HandledBy? by) =>
        handling switch
        {
            Handling.Approved => $"approved: {ApprovedBy(by)}",
            Handling.Denied => "open, calls were stopped",
            Handling.Withdrawn => "withdrawn by the server",
            Handling.Ignored => "ignored by setting",
            Handling.NotNeeded => "needs no approval",
            _ => "open",
        };

    /// <summary>A change in words.</summary>
    public static string Change(ChangeEvidence change) =>
        $"{Guard.ChangeLines.Name(change.Kind)} {change.Name}"
        + (change.Field is { } field ? $": {field}" : $" {change.What.ToString().ToLowerInvariant()}");

    /// <summary>What was refused, in words.</summary>
    public static string Denied(DenialEvidence denial) => Request(denial.Method, denial.Name, denial.Detail, denial.Requests);

    /// <summary>A request, or how many, and what is said of it.</summary>
    public static string Request(string? method, string? name, string? detail, long? count) =>
        string.Join(
            ": ",
            new[] { $"{method} {name}".Trim(), detail, count is { } known ? Units.Many(known, "request") : null }.Where(part =>
                !string.IsNullOrEmpty(part)
            )
        );

    /// <summary>How many findings or changes nobody has handled.</summary>
    public static int Open(ComplianceReport report) =>
        report.Changes.Count(change => change.Handling is Handling.Open or Handling.Denied)
        + report.Findings.Count(finding => finding.Handling is Handling.Open or Handling.Denied);

    /// <summary>The evidence of a control: its sections, and how many entries each has.</summary>
    public static string Evidence(ControlEvidence control) =>
        string.Join(", ", control.Evidence.Select(section => $"{section.Section} {Units.Count(section.Entries)}"));

    private static string Head(ChainHead head) => $"record {Units.Count(head.Seq)}, {Time(head.Time)}, SHA-256 {head.Hash}";

    private static string Seen(WitnessedHead witness) => $"{witness.Issuer} saw record {Units.Count(witness.Seq)} at {Time(witness.Time)}";
}
