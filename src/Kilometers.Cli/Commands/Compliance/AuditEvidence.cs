using System.Globalization;
using Kilometers.Audit;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>
/// What the audit log has of a period, in one pass. Of records before it only what is needed to name the sessions and approvals of the period
/// is kept; records after it change nothing, so that the report of a period that is over stays what it was.
/// </summary>
internal sealed class AuditEvidence
{
    private static readonly string[] DecisionEvents =
    [
        "plugin.install",
        "plugin.remove",
        "plugin.enabled",
        "plugin.disabled",
        "plugin.control",
        "guard.rules",
    ];
    private static readonly string[] DecisionAreas = ["trust.", "project.", "account.", "cli."];

    private static readonly string[] Counts = ["stopped", "passed"];

    private readonly Dictionary<string, RecordedSession> _sessions = new(StringComparer.Ordinal);
    private readonly Func<string, string> _mask;

    private AuditEvidence(Func<string, string> mask) => _mask = mask;

    public ChainHead? First { get; private set; }

    public ChainHead? Last { get; private set; }

    public long Records { get; private set; }

    public long UnreadableLines { get; private set; }

    /// <summary>Whether there are records after the period.</summary>
    public bool IsPeriodOver { get; private set; }

    /// <summary>Sessions that started and have a record in the period, in the order of their first. A refused one never started.</summary>
    public IReadOnlyList<RecordedSession> Sessions { get; private set; } = [];

    public List<DecisionEvidence> Decisions { get; } = [];

    /// <summary>Until the end of the period, earlier ones too.</summary>
    public List<ApprovalEvidence> Approvals { get; } = [];

    /// <summary>Records of starts of plugins, in the period.</summary>
    public List<AuditEntry> Launches { get; } = [];

    /// <summary>Records of connections of plugins that were allowed, in the period.</summary>
    public List<AuditEntry> Connections { get; } = [];

    /// <summary>Records of what was let pass with a loss, in the period.</summary>
    public List<AuditEntry> Losses { get; } = [];

    /// <summary>Records of what was refused, in the period.</summary>
    public List<AuditEntry> Denied { get; } = [];

    /// <param name="directory">The log's directory.</param>
    /// <param name="throughSeq">The last record that was verified; what is written later is left out.</param>
    /// <param name="period">The period.</param>
    /// <param name="mask">Masks secrets: records of older versions were masked by older rules.</param>
    /// <exception cref="KmException"><c>AUD_LOG_003</c>.</exception>
    public static AuditEvidence Read(string directory, long throughSeq, CompliancePeriod period, Func<string, string> mask)
    {
        var evidence = new AuditEvidence(mask);
        foreach (var entry in AuditReader.Read(directory))
        {
            if (!entry.IsReadable)
                evidence.UnreadableLines++;
            else if (entry.Seq <= throughSeq)
                evidence.Add(entry, period);
        }

        evidence.Sessions =
        [
            .. evidence
                ._sessions.Values.Where(session => session is { Start: not null, FirstInPeriod: > 0 })
                .OrderBy(session => session.FirstInPeriod),
        ];
        return evidence;
    }

    /// <summary>How many requests a record is about, where it says only that.</summary>
    public static long? Requests(AuditEntry entry) =>
        Counts
            .Select(fact =>
                long.TryParse(entry.Data?.GetValueOrDefault(fact), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    ? count
                    : 0
            )
            .Where(count => count > 0)
            .Cast<long?>()
            .FirstOrDefault();

    /// <summary>The session of a record; null where it names none.</summary>
    public RecordedSession? SessionOf(AuditEntry entry) => entry.Session is { } id ? _sessions.GetValueOrDefault(id) : null;

    /// <summary>What a record says in words, secrets masked.</summary>
    public string? TextOf(AuditEntry entry)
    {
        if (entry.Detail is not { } detail)
            return null;

        // Why nobody decided is said of the plugin, as the rest of a sentence.
        return entry is { Code: ErrorCode.RequestUndecided or ErrorCode.RequestUnchecked, Plugin: { } plugin }
            ? $"plugin '{plugin}' {_mask(detail)}"
            : _mask(detail);
    }

    private void Add(AuditEntry entry, CompliancePeriod period)
    {
        if (entry.Time >= period.Until)
        {
            IsPeriodOver = true;
            return;
        }

        var isInPeriod = period.Contains(entry.Time);
        if (entry.Session is { Length: > 0 } id)
        {
            if (!_sessions.TryGetValue(id, out var session))
                _sessions[id] = session = new RecordedSession(id);
            session.Add(entry, isInPeriod);
            if (session is { End: not null, FirstInPeriod: 0 })
                _sessions.Remove(id);
        }

        if (entry.Event == "guard.approved" && entry.Decision == AuditDecision.Allowed)
            Approvals.Add(ApprovalOf(entry));
        if (!isInPeriod)
            return;
        Records++;
        Last = new ChainHead(entry.Seq, entry.Time, entry.Hash);
        First ??= Last;
        if (DecisionEvents.Contains(entry.Event) || DecisionAreas.Any(area => entry.Event.StartsWith(area, StringComparison.Ordinal)))
            Decisions.Add(DecisionOf(entry));
        if (entry.Decision == AuditDecision.Denied)
            Denied.Add(entry);
        else if (entry.Event is "session.unobserved" or "request.unchecked" or "plugin.message-set-aside")
            Losses.Add(entry);
        else if (entry.Event == "plugin.launch")
            Launches.Add(entry);
        else if (entry.Event == "plugin.network" && entry.Decision == AuditDecision.Allowed)
            Connections.Add(entry);
    }

    private ApprovalEvidence ApprovalOf(AuditEntry entry)
    {
        var what = TextOf(entry) ?? "";
        var label = entry.Data?.GetValueOrDefault("label");

        // Records of older versions have the label in the text alone.
        if (label is null && what.IndexOf(": ", StringComparison.Ordinal) is > 0 and var at)
            label = what[..at];
        return new ApprovalEvidence
        {
            Seq = entry.Seq,
            Time = entry.Time,
            User = entry.User,
            Server = label ?? "",
            ServerId = entry.Data?.GetValueOrDefault("server") ?? "",
            What = label is not null && what.StartsWith(label + ": ", StringComparison.Ordinal) ? what[(label.Length + 2)..] : what,
        };
    }

    private DecisionEvidence DecisionOf(AuditEntry entry) =>
        new()
        {
            Seq = entry.Seq,
            Time = entry.Time,
            User = entry.User,
            Event = entry.Event,
            Decision = Word(entry.Decision),
            Plugin = entry.Plugin,
            Version = entry.Version,
            Digest = entry.Digest,
            Code = entry.Code,
            Detail = TextOf(entry),
        };

    private static string Word(AuditDecision decision) =>
        decision switch
        {
            AuditDecision.Allowed => "allowed",
            AuditDecision.Info => "info",
            _ => "denied",
        };
}
