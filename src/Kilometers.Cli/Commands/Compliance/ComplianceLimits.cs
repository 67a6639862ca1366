using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>What a report does not show, in sentences: a reader must not take silence for proof.</summary>
internal static class ComplianceLimits
{
    /// <param name="proof">The proof of the audit log.</param>
    /// <param name="coverage">How much was observed.</param>
    /// <param name="gaps">How many gaps there are.</param>
    /// <param name="guarded">How many servers guard knows.</param>
    /// <param name="unreadable">How many of guard's files cannot be read.</param>
    /// <param name="ignored">Codes that guard's settings ignore.</param>
    public static IReadOnlyList<string> Of(
        ChainProof proof,
        CoverageEvidence coverage,
        int gaps,
        int guarded,
        int unreadable,
        IReadOnlyCollection<string> ignored
    )
    {
        var limits = new List<string>();
        if (!proof.IsIntact)
            limits.Add("The audit log is not intact. Nothing below is proven until that is explained.");
        if (proof.UnreadableLines > 0)
            limits.Add(
                $"{Units.Many(proof.UnreadableLines, "line")} of the audit log cannot be read. What they said is not in this report."
            );
        if (proof.First is null)
            limits.Add("The audit log has no record in the period. That is not proof that nothing ran.");
        else if (proof.Witness is null)
            limits.Add(
                "No witness saw the records of the period. Somebody with the rights of this user could have replaced the whole log, and this report would not show it."
            );
        else if (!proof.Witness.CoversPeriod)
            limits.Add(
                $"The witness saw the records up to {proof.Witness.Seq}. The later ones of the period are only as safe as without a witness."
            );
        if (proof is { Witness: not null, WitnessSource: "kept" })
            limits.Add("The receipts of the witness are those kept on this machine. The witness itself was not asked.");
        if (proof is { First: not null, IsSigned: false, IsIntact: true })
            limits.Add("The last records of the period are chained but not signed yet. The next record signs them.");
        if (!proof.IsPeriodOver)
            limits.Add("The audit log has no record after the period. Records may still be added to the period.");
        limits.Add("A server that ran without km, or with a km that was changed, is not in any record.");
        limits.Add(
            "The digest of a server is that of the file that its command names. If that is an interpreter or a launcher, it says nothing of the code that it runs."
        );
        limits.Add(
            "Users are accounts of the operating system. km does not know which person used an account, and clients name themselves."
        );
        if (coverage.WithoutEnd > 0)
            limits.Add($"Nothing is known of the end of {Units.Many(coverage.WithoutEnd, "session")}. Their bytes are in no sum.");
        if (gaps > 0)
            limits.Add("What is listed under gaps was not observed. It may have contained anything.");
        if (guarded == 0)
            limits.Add("Guard keeps nothing of any server. So nothing is known of changed definitions, secrets or other findings.");
        else
            limits.Add(
                "What guard keeps (definitions, changes, findings) is not in the chain of the audit log: any program of this user could edit it. Guard keeps at most 300 findings and 500 lines of history for each server, and says of a finding only when it was first and last found."
            );
        if (unreadable > 0)
            limits.Add(
                $"{Units.Many(unreadable, "file")} of guard cannot be read. What guard found in those servers is not in this report."
            );
        if (ignored.Count > 0)
            limits.Add(
                $"Guard's settings ignore {string.Join(", ", ignored.Order(StringComparer.Ordinal))}: such findings are not kept. Whether a client's environment sets more is not known."
            );
        limits.Add("This report is evidence for a person who assesses controls. It does not say that any control is met.");
        return limits;
    }
}
