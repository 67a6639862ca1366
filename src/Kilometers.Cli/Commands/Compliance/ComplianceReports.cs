using Kilometers.Audit;
using Kilometers.Cli.Commands.Guard;
using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Entitlements.Tokens;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.PluginHost.Launch;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>Puts a report together: from the audit log, its verification, and what guard keeps. It depends on these and the period alone.</summary>
internal static class ComplianceReports
{
    /// <param name="context">The command's context.</param>
    /// <param name="period">The period.</param>
    /// <param name="controls">The controls to hold the evidence against.</param>
    /// <param name="verified">The verification of the audit log, done just before.</param>
    /// <param name="source">How the receipts were got.</param>
    /// <param name="receipts">What the witness saw.</param>
    /// <exception cref="KmException">The log or guard's folder cannot be read.</exception>
    public static ComplianceReport Make(
        CommandContext context,
        CompliancePeriod period,
        ControlMap controls,
        AuditVerification verified,
        string source,
        IReadOnlyList<AuditReceiptToken> receipts
    )
    {
        var redactor = new Redactor();
        var audit = AuditEvidence.Read(context.Paths.Audit, verified.LastSeq, period, redactor.Redact);
        var servers = ReadGuard(context, out var unreadable);
        var ignored = IgnoredCodes(context);
        var sessions = new SessionSections(audit, period, redactor.Redact);
        var guard = new GuardSections(servers, audit, period, ignored, redactor.Redact);
        var report = new ComplianceReport
        {
            Period = period,
            Proof = AuditProof.Of(verified, audit, source, receipts),
            Coverage = sessions.Coverage(),
            Servers = sessions.Servers(),
            Clients = sessions.Clients(),
            Plugins = sessions.Plugins(),
            Connections = sessions.Connections(),
            Sessions = sessions.Sessions(),
            Gaps = sessions.Gaps(),
            Decisions = audit.Decisions,
            Approvals = guard.Approvals(),
            Pinned = guard.Pinned(),
            Changes = guard.Changes(),
            Findings = guard.Findings(),
            Denials = sessions.Denials(),
            Controls = [],
            Limits = [],
        };
        return report with
        {
            Controls =
            [
                .. controls.Controls.Select(control => new ControlEvidence
                {
                    Framework = control.Framework,
                    Id = control.Id,
                    Title = control.Title,
                    Evidence = [.. control.Evidence.Select(section => EvidenceSections.Count(report, section))],
                    Shows = control.Shows,
                    DoesNotShow = control.DoesNotShow,
                }),
            ],
            Limits = ComplianceLimits.Of(report.Proof, report.Coverage, report.Gaps.Count, servers.Count, unreadable, ignored),
        };
    }

    /// <summary>Files that cannot be read leave the others, and are reported there and here: their servers are missing.</summary>
    private static IReadOnlyList<ServerRecord> ReadGuard(CommandContext context, out int unreadable)
    {
        try
        {
            var servers = GuardAccess.Open(context).Read(out var failed);
            foreach (var file in failed)
                context.Errors.Warn(GuardAccess.Unusable(file));
            unreadable = failed.Count;
            return servers;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(GuardAccess.Unusable(e.Message));
        }
    }

    /// <summary>By the file of settings: the environment of a client's sessions is not that of this command.</summary>
    private static HashSet<string> IgnoredCodes(CommandContext context)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        if (PluginSettings.ReadFile(PluginSettings.FileOf(context.Paths.Home, GuardAccess.Plugin), settings) is { } problem)
            context.Errors.Warn(problem);
        return
        [
            .. settings.GetValueOrDefault("ignore", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        ];
    }
}
