using Kilometers.Audit;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>Makes the proof of a verification, as far as it concerns a period.</summary>
internal static class AuditProof
{
    /// <param name="verified">What <c>km audit verify</c> finds.</param>
    /// <param name="audit">What the log has of the period.</param>
    /// <param name="source">How the receipts were got: <c>asked</c>, <c>kept</c> or <c>none</c>.</param>
    /// <param name="receipts">What the witness saw.</param>
    public static ChainProof Of(AuditVerification verified, AuditEvidence audit, string source, IReadOnlyList<AuditReceiptToken> receipts)
    {
        var verdict = AuditVerdict.Of(verified);
        return new ChainProof
        {
            Outcome = verdict.Outcome,
            Log = verified.Log,
            First = audit.First,
            Last = audit.Last,
            Records = audit.Records,
            UnreadableLines = audit.UnreadableLines,
            IsPeriodOver = audit.IsPeriodOver,
            IsSigned = audit.Last is { } last && last.Seq <= verified.SignedThrough,
            WitnessSource = source,
            Witness = WitnessOf(verified, audit, receipts),
            FaultCount = verdict.FaultCount,
            Faults = verdict.Faults,
        };
    }

    /// <summary>The first receipt from the last record of the period on: it stays the same when more follow.</summary>
    private static WitnessedHead? WitnessOf(AuditVerification verified, AuditEvidence audit, IReadOnlyList<AuditReceiptToken> receipts)
    {
        if (audit is not { First: { } first, Last: { } last })
            return null;
        var seen = receipts
            .Where(receipt => receipt.Log == verified.Log && receipt.Seq >= first.Seq && receipt.Seq <= verified.WitnessedThrough)
            .OrderBy(receipt => receipt.Seq)
            .ThenBy(receipt => receipt.IssuedAt)
            .ToList();
        var chosen = seen.Find(receipt => receipt.Seq >= last.Seq) ?? seen.LastOrDefault();
        return chosen is null
            ? null
            : new WitnessedHead(
                chosen.Issuer,
                chosen.Seq,
                chosen.Hash,
                DateTimeOffset.FromUnixTimeSeconds(chosen.IssuedAt),
                chosen.Seq >= last.Seq
            );
    }
}
