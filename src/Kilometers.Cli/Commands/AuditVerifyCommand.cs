using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands;

/// <summary><c>km audit verify</c>: status 0 only for a log that is intact.</summary>
internal static class AuditVerifyCommand
{
    private const string Examples = """
        Finds lines that were edited, removed, added or moved, a log that was cut off, and files that others could change.
        A process of the same user can write a whole new log and sign it. To detect that, keep copies of head.json where this user cannot
        reach them, and pass the newest with --checkpoint: everything up to it is then proven.

        Examples:
          km audit verify
          cp ~/.km/audit/head.json /mnt/safe/km-head.json
          km audit verify --checkpoint /mnt/safe/km-head.json
        """;

    public static Command Create()
    {
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A copy of head.json that was kept elsewhere; the log must still hold what it names.", HelpName = "FILE" };
        var json = PluginsCommand.Json();
        var command = new Command("verify", "Verify that nobody changed the audit log.") { checkpoint, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var copy = parsed.GetValue(checkpoint);
            var result = AuditVerifier.Verify(context.Paths.Audit, copy, context.Time);
            if (parsed.GetValue(json)) context.Screen.Json(AuditVerdict.Of(result), CommandJsonContext.Default.AuditVerdict);
            else foreach (var line in Describe(result, copy, context.Errors.Glyphs)) context.Screen.WriteLine(line);
            return Task.FromResult(WhyNotIntact(result, context.Paths.Audit) is { } error ? context.Errors.Report(error) : 0);
        });
        return command;
    }

    /// <summary>The lines to show.</summary>
    internal static IEnumerable<string> Describe(AuditVerification result, string? copy, Glyphs glyphs)
    {
        if (result.Outcome == AuditOutcome.Intact)
        {
            yield return $"{glyphs.Success} The audit log is intact: {Span(result)}";
            if (copy is not null) yield return $"  It holds what {copy} names.";
            if (result.LastSeq > result.SignedThrough) yield return $"  Signed up to record {Number(result.SignedThrough)}; what follows is chained to it, and signed with the next record.";
        }

        foreach (var fault in result.Faults)
        {
            var place = fault.Line is { } line ? $"line {Number(line)}: " : "";
            yield return $"{(fault.IsDamage ? glyphs.Failure : glyphs.Warning)} {place}{fault.Detail}";
        }

        if (result.FaultCount > result.Faults.Count) yield return $"{glyphs.Failure} … and {Number(result.FaultCount - result.Faults.Count)} more";
    }

    /// <returns>Null if it is intact.</returns>
    internal static KmError? WhyNotIntact(AuditVerification result, string directory) => result.Outcome switch
    {
        AuditOutcome.Intact => null,
        AuditOutcome.Damaged => new KmError(
            ErrorCode.AuditDamaged,
            $"The audit log is damaged: {(result.FaultCount == 1 ? "1 fault" : $"{Number(result.FaultCount)} faults")} in {Span(result)}",
            Hint: $"Find out who changed {directory}. To begin a new log, move the whole directory away and keep it."),
        _ => new KmError(ErrorCode.AuditNotRead, "The audit log cannot be verified", Hint: $"Check {directory}"),
    };

    private static string Span(AuditVerification result)
    {
        var count = result.Records == 1 ? "1 record" : $"{Number(result.Records)} records";
        return result is { FirstTime: { } first, LastTime: { } last } ? $"{count}, {AuditTable.Time(first)} to {AuditTable.Time(last)}" : count;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A verification as <c>--json</c> gives it.</summary>
internal sealed record AuditVerdict
{
    /// <summary><c>intact</c>, <c>damaged</c> or <c>notVerified</c>.</summary>
    public required string Outcome { get; init; }

    public required long Records { get; init; }

    public required long FirstSeq { get; init; }

    public required long LastSeq { get; init; }

    public required DateTimeOffset? FirstTime { get; init; }

    public required DateTimeOffset? LastTime { get; init; }

    public required long SignedThrough { get; init; }

    public required long FaultCount { get; init; }

    /// <summary>The first 100.</summary>
    public required IReadOnlyList<AuditFaultListing> Faults { get; init; }

    public static AuditVerdict Of(AuditVerification result) => new()
    {
        Outcome = JsonNamingPolicy.CamelCase.ConvertName(result.Outcome.ToString()),
        Records = result.Records,
        FirstSeq = result.FirstSeq,
        LastSeq = result.LastSeq,
        FirstTime = result.FirstTime,
        LastTime = result.LastTime,
        SignedThrough = result.SignedThrough,
        FaultCount = result.FaultCount,
        Faults = [.. result.Faults.Select(fault => new AuditFaultListing(JsonNamingPolicy.CamelCase.ConvertName(fault.Kind.ToString()), fault.Line, fault.IsDamage, fault.Detail))],
    };
}

/// <summary>A fault as <c>--json</c> gives it.</summary>
internal sealed record AuditFaultListing(string Kind, long? Line, bool IsDamage, string Detail);
