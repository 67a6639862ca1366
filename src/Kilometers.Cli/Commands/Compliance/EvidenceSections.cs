namespace Kilometers.Cli.Commands.Compliance;

/// <summary>The sections of a report, as files of controls and the JSON name them.</summary>
internal static class EvidenceSections
{
    private static readonly Dictionary<string, Func<ComplianceReport, long>> Sections = new(StringComparer.Ordinal)
    {
        ["proof"] = report => report.Proof.Records,
        ["servers"] = report => report.Servers.Count,
        ["clients"] = report => report.Clients.Count,
        ["plugins"] = report => report.Plugins.Count,
        ["connections"] = report => report.Connections.Count,
        ["sessions"] = report => report.Sessions.Count,
        ["gaps"] = report => report.Gaps.Count,
        ["decisions"] = report => report.Decisions.Count,
        ["approvals"] = report => report.Approvals.Count,
        ["pinned"] = report => report.Pinned.Count,
        ["changes"] = report => report.Changes.Count,
        ["findings"] = report => report.Findings.Count,
        ["denials"] = report => report.Denials.Count,
    };

    public static IReadOnlyCollection<string> Names => Sections.Keys;

    /// <summary>How many entries a section of a report has.</summary>
    public static SectionCount Count(ComplianceReport report, string section) => new(section, Sections[section](report));
}
