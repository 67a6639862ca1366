using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Entitlements.Tokens;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Witnessing;

namespace Kilometers.Cli.Commands;

/// <summary><c>km audit verify</c>: status 0 only for a log that is intact.</summary>
internal static class AuditVerifyCommand
{
    private const string Examples = """
        Finds lines that were edited, removed, added or moved, a log that was cut off, and files that others could change.
        A process of the same user can write a whole new log and sign it. To detect that, have it witnessed (km audit witness on), or keep copies
        of head.json where this user cannot reach them, and pass the newest with --checkpoint: everything up to it is then proven.
        Asks the witness if you are signed in, even where it was switched off; with --offline, or when it cannot be reached, only the receipts
        kept here are compared.

        Examples:
          km audit verify
          cp ~/.km/audit/head.json /mnt/safe/km-head.json
          km audit verify --checkpoint /mnt/safe/km-head.json
        """;

    public static Command Create()
    {
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "A copy of head.json that was kept elsewhere; the log must still hold what it names.",
            HelpName = "FILE",
        };
        var offline = new Option<bool>("--offline") { Description = "Do not ask the witness; compare with the receipts kept here." };
        var json = PluginsCommand.Json();
        var command = new Command("verify", "Verify that nobody changed the audit log.") { checkpoint, offline, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(
            command,
            async (parsed, context, cancellationToken) =>
            {
                var copy = parsed.GetValue(checkpoint);
                var (witness, receipts) = await ReceiptsAsync(context, parsed.GetValue(offline), cancellationToken).ConfigureAwait(false);
                var result = AuditVerifier.Verify(context.Paths.Audit, copy, context.Time, [.. receipts.Select(AuditWitness.HeadOf)]);
                if (parsed.GetValue(json))
                {
                    context.Screen.Json(AuditVerdict.Of(result) with { Witness = witness }, CommandJsonContext.Default.AuditVerdict);
                }
                else
                {
                    foreach (var line in Describe(result, copy, context.Errors.Glyphs))
                        context.Screen.WriteLine(line);
                    if (result.Outcome == AuditOutcome.Intact)
                        context.Screen.WriteLine("  " + DescribeWitness(witness, result, receipts));
                }

                return WhyNotIntact(result, context.Paths.Audit) is { } error ? context.Errors.Report(error) : 0;
            },
            usesNetwork: true
        );
        return command;
    }

    /// <summary>What the witness saw: asked, or as far as it is kept here. The word says which: <c>asked</c>, <c>kept</c> or <c>none</c>.</summary>
    internal static async Task<(string Witness, IReadOnlyList<AuditReceiptToken> Receipts)> ReceiptsAsync(
        CommandContext context,
        bool isOffline,
        CancellationToken cancellationToken
    )
    {
        var witness = context.Witness();
        if (!isOffline && (witness.IsOn || witness.MayAsk))
        {
            try
            {
                return ("asked", await witness.AskAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (KmException e) when (!witness.IsOn || ApiClient.IsOutage(e.Error))
            {
                context.Errors.Warn(e.Error with { Summary = $"The witness was not asked: {e.Error.Summary}" });
            }
        }

        var kept = witness.Local();
        return (kept.Count > 0 ? "kept" : "none", kept);
    }

    private static string DescribeWitness(string witness, AuditVerification result, IReadOnlyList<AuditReceiptToken> receipts)
    {
        if (receipts.FirstOrDefault(receipt => receipt.Seq == result.WitnessedThrough) is not { } last)
            return "No witness saw it: if you, or a program that runs as you, replaced the whole log, this does not show it. See: km audit witness --help"
                + (witness == "asked" ? "" : " If it was witnessed before, sign in and verify again: km auth login");
        return AuditWitnessCommand.Describe(last)
            + (
                witness == "asked"
                    ? ": up to there, nobody on this machine replaced it since."
                    : ", as a receipt kept here says; the witness itself was not asked."
            );
    }

    /// <summary>The lines to show.</summary>
    internal static IEnumerable<string> Describe(AuditVerification result, string? copy, Glyphs glyphs)
    {
        if (result.Outcome == AuditOutcome.Intact)
        {
            yield return $"{glyphs.Success} The audit log is intact: {Span(result)}";
            if (copy is not null)
                yield return $"  It holds what {copy} names.";
            if (result.LastSeq > result.SignedThrough)
                yield return $"  Signed up to record {Number(result.SignedThrough)}; what follows is chained to it, and signed with the next record.";
        }

        foreach (var fault in result.Faults)
        {
            var place = fault.Line is { } line ? $"line {Number(line)}: " : "";
            yield return $"{(fault.IsDamage ? glyphs.Failure : glyphs.Warning)} {place}{fault.Detail}";
        }

        if (result.FaultCount > result.Faults.Count)
            yield return $"{glyphs.Failure} … and {Number(result.FaultCount - result.Faults.Count)} more";
    }

    /// <returns>Null if it is intact.</returns>
    internal static KmError? WhyNotIntact(AuditVerification result, string directory) =>
        result.Outcome switch
        {
            AuditOutcome.Intact => null,
            AuditOutcome.Damaged => new KmError(
                ErrorCode.AuditDamaged,
                $"The audit log is damaged: {(result.FaultCount == 1 ? "1 fault" : $"{Number(result.FaultCount)} faults")} in {Span(result)}",
                Hint: $"Find out who changed {directory}. To begin a new log, move the whole directory away and keep it."
            ),
            _ => new KmError(ErrorCode.AuditNotRead, "The audit log cannot be verified", Hint: $"Check {directory}"),
        };

    private static string Span(AuditVerification result)
    {
        var count = result.Records == 1 ? "1 record" : $"{Number(result.Records)} records";
        return result is { FirstTime: { } first, LastTime: { } last }
            ? $"{count}, {AuditTable.Time(first)} to {AuditTable.Time(last)}"
            : count;
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

    public required long WitnessedThrough { get; init; }

    /// <summary><c>asked</c>, <c>kept</c> where only the receipts on this machine were compared, or <c>none</c>.</summary>
    public string Witness { get; init; } = "none";

    public required long FaultCount { get; init; }

    /// <summary>The first 100.</summary>
    public required IReadOnlyList<AuditFaultListing> Faults { get; init; }

    public static AuditVerdict Of(AuditVerification result) =>
        new()
        {
            Outcome = JsonNamingPolicy.CamelCase.ConvertName(result.Outcome.ToString()),
            Records = result.Records,
            FirstSeq = result.FirstSeq,
            LastSeq = result.LastSeq,
            FirstTime = result.FirstTime,
            LastTime = result.LastTime,
            SignedThrough = result.SignedThrough,
            WitnessedThrough = result.WitnessedThrough,
            FaultCount = result.FaultCount,
            Faults =
            [
                .. result.Faults.Select(fault => new AuditFaultListing(
                    JsonNamingPolicy.CamelCase.ConvertName(fault.Kind.ToString()),
                    fault.Line,
                    fault.IsDamage,
                    fault.Detail
                )),
            ],
        };
}

/// <summary>A fault as <c>--json</c> gives it.</summary>
internal sealed record AuditFaultListing(string Kind, long? Line, bool IsDamage, string Detail);
