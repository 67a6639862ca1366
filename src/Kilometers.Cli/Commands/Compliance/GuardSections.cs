using Kilometers.Contracts;
using Kilometers.Definitions;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>
/// The sections of the report that come from what guard keeps, held against the audit log: it says who approved. Everything is as it was at the
/// end of the period, as far as guard still knows.
/// </summary>
internal sealed class GuardSections
{
    private readonly CompliancePeriod _period;
    private readonly IReadOnlySet<string> _ignored;
    private readonly Func<string, string> _mask;
    private readonly List<GuardedServer> _servers;
    private readonly IReadOnlyList<ApprovalEvidence> _approvals;

    /// <param name="servers">What guard keeps.</param>
    /// <param name="audit">What the audit log has.</param>
    /// <param name="period">The period.</param>
    /// <param name="ignored">Codes that the settings of guard say are not wanted.</param>
    /// <param name="mask">Masks secrets: what older versions kept was masked by older rules.</param>
    public GuardSections(
        IReadOnlyList<ServerRecord> servers,
        AuditEvidence audit,
        CompliancePeriod period,
        IReadOnlySet<string> ignored,
        Func<string, string> mask
    )
    {
        _period = period;
        _ignored = ignored;
        _mask = mask;
        _approvals = audit.Approvals;
        _servers =
        [
            .. servers
                .OrderBy(server => server.Label, StringComparer.Ordinal)
                .ThenBy(server => server.Key, StringComparer.Ordinal)
                .Select(server => new GuardedServer(server, audit, servers.Count(other => other.Label == server.Label) == 1)),
        ];
    }

    /// <summary>The approvals of the period, by the audit log.</summary>
    public IReadOnlyList<ApprovalEvidence> Approvals() =>
        [
            .. _approvals
                .Where(approval => _period.Contains(approval.Time))
                .Select(approval =>
                    approval with
                    {
                        IsInHistory = _servers.Any(server => server.Approvals.Any(by => by.Seq == approval.Seq)),
                    }
                ),
        ];

    public IReadOnlyList<PinEvidence> Pinned() =>
        [
            .. _servers
                .SelectMany(server =>
                    server
                        .Record.History.Where(entry => entry is { Event: HistoryEvent.Pinned, Count: > 0 } && _period.Contains(entry.Time))
                        .Select(entry => new PinEvidence(
                            entry.Time.ToUniversalTime(),
                            server.Record.Label,
                            server.Record.Key,
                            entry.Kind ?? default,
                            entry.Count ?? 0
                        ))
                )
                .OrderBy(pin => pin.Time),
        ];

    /// <summary>The changes of the period, and earlier ones that were open when it began.</summary>
    public IReadOnlyList<ChangeEvidence> Changes() => [.. _servers.SelectMany(ChangesOf).OrderBy(change => change.Time)];

    public IReadOnlyList<FindingEvidence> Findings() =>
        [
            .. _servers
                .SelectMany(server =>
                    server
                        .Record.Findings.Where(finding => finding.FirstSeen < _period.Until && finding.LastSeen >= _period.Since)
                        .Select(finding => FindingOf(server, finding))
                )
                .OrderByDescending(finding => finding.Severity)
                .ThenBy(finding => finding.Code, StringComparer.Ordinal)
                .ThenBy(finding => finding.Server, StringComparer.Ordinal)
                .ThenBy(finding => finding.ServerId, StringComparer.Ordinal)
                .ThenBy(finding => finding.Subject, StringComparer.Ordinal)
                .ThenBy(finding => finding.FirstSeen)
                .ThenBy(finding => finding.Evidence, StringComparer.Ordinal),
        ];

    private IEnumerable<ChangeEvidence> ChangesOf(GuardedServer server)
    {
        var history = server.Record.History;
        for (var at = 0; at < history.Count; at++)
        {
            if (history[at] is not { Event: HistoryEvent.Changed, Change: { } change } entry || entry.Time >= _period.Until)
                continue;
            var by = server.ApprovalAfter(at);
            var (handling, closed) = HandlingOf(server, at, change, by);
            if (entry.Time < _period.Since && (handling == Handling.NotNeeded || closed < _period.Since))
                continue;
            var stopped = change.Kind == DefinitionKind.Tool ? server.StoppedAfter(change.Name, entry.Time, closed) : 0;
            yield return new ChangeEvidence
            {
                Time = entry.Time.ToUniversalTime(),
                Code = change.What switch
                {
                    ChangeKind.Added => ErrorCode.GuardDefinitionAdded,
                    ChangeKind.Removed => ErrorCode.GuardDefinitionRemoved,
                    _ => ErrorCode.GuardDefinitionChanged,
                },
                Server = server.Record.Label,
                ServerId = server.Record.Key,
                Kind = change.Kind,
                Name = change.Name,
                What = change.What,
                Field = change.Field,
                Before = Masked(change.Before),
                After = Masked(change.After),
                Session = entry.Session,
                Handling = handling == Handling.Open && stopped > 0 ? Handling.Denied : handling,
                By = handling == Handling.Approved ? by : null,
                Stopped = stopped,
            };
        }
    }

    /// <summary>What became of a change, and when; it is open until something else is certain.</summary>
    private (Handling, DateTimeOffset?) HandlingOf(GuardedServer server, int at, DefinitionChange change, HandledBy? by)
    {
        if (change is { Kind: DefinitionKind.Resource, What: not ChangeKind.Changed })
            return (Handling.NotNeeded, null);
        if (by is not null)
            return by.Time < _period.Until ? (Handling.Approved, by.Time) : (Handling.Open, null);
        return !server.IsPending(change) && server.CounterpartOf(at) is { } last && last < _period.Until
            ? (Handling.Withdrawn, last)
            : (Handling.Open, null);
    }

    private FindingEvidence FindingOf(GuardedServer server, Finding finding)
    {
        var by = server.ApprovalOf(finding, _period.Until);
        return new FindingEvidence
        {
            Code = finding.Code,
            Severity = finding.Severity,
            Server = server.Record.Label,
            ServerId = server.Record.Key,
            Subject = _mask(finding.Subject),
            Summary = _mask(finding.Summary),
            Evidence = _mask(finding.Evidence),
            FirstSeen = finding.FirstSeen.ToUniversalTime(),
            LastSeen = finding.LastSeen < _period.Until ? finding.LastSeen.ToUniversalTime() : null,
            Handling =
                by is not null ? Handling.Approved
                : _ignored.Contains(finding.Code) ? Handling.Ignored
                : server.StoppedFor(finding) ? Handling.Denied
                : Handling.Open,
            By = by,
        };
    }

    private string? Masked(string? text) => text is null ? null : _mask(text);

    /// <summary>What guard keeps of a server, with the approvals of its history found in the audit log.</summary>
    private sealed class GuardedServer
    {
        /// <summary>Between the record of an approval and guard's own: both wait for locks, for seconds at most.</summary>
        private static readonly TimeSpan MaxBetween = TimeSpan.FromMinutes(1);

        private readonly List<(int At, HandledBy By)> _approvals = [];
        private readonly List<(string Tool, DateTimeOffset Time)> _stopped;
        private readonly HashSet<(DefinitionKind, string)> _pending;

        /// <param name="record">What guard keeps.</param>
        /// <param name="audit">What the audit log has.</param>
        /// <param name="isOnlyOne">Whether no other server has its label.</param>
        public GuardedServer(ServerRecord record, AuditEvidence audit, bool isOnlyOne)
        {
            Record = record;
            _pending = [.. record.Pending.Select(change => (change.Kind, change.Name))];
            var recorded = new Queue<ApprovalEvidence>(audit.Approvals.Where(approval => approval.ServerId == record.Key));
            for (var at = 0; at < record.History.Count; at++)
            {
                if (record.History[at] is not { Event: HistoryEvent.Approved } entry)
                    continue;

                // The log is written first. An approval that guard then refused is in the log alone: the next one that succeeded is later.
                ApprovalEvidence? last = null;
                while (recorded.TryPeek(out var next) && next.Time <= entry.Time)
                    last = recorded.Dequeue();
                if (last is not null && entry.Time - last.Time > MaxBetween)
                    last = null;
                _approvals.Add((at, new HandledBy(entry.Time.ToUniversalTime(), last?.User, last?.Seq)));
            }

            _stopped =
            [
                .. audit
                    .Denied.Where(entry => entry is { Event: "request.stopped", Data: { } data } && data.ContainsKey("name"))
                    .Where(entry => audit.SessionOf(entry) is { } session && IsOf(session, isOnlyOne))
                    .Select(entry => (entry.Data!["name"], entry.Time)),
            ];
        }

        public ServerRecord Record { get; }

        public IEnumerable<HandledBy> Approvals => _approvals.Select(approval => approval.By);

        /// <summary>Whether a change of the same definition waits for an approval now.</summary>
        public bool IsPending(DefinitionChange change) => _pending.Contains((change.Kind, change.Name));

        /// <summary>When the last change was that undoes another one, or is undone by it; null where there is no such change, which proves nothing.</summary>
        public DateTimeOffset? CounterpartOf(int at)
        {
            var change = Record.History[at].Change!;
            var since = Record.History.FindLastIndex(at, entry => entry.Event == HistoryEvent.Approved) + 1;
            var last = Record.History.FindLastIndex(entry =>
                entry.Change is { } other && other.Kind == change.Kind && other.Name == change.Name && other.Field == change.Field
            );
            return Record
                .History[since..(last + 1)]
                .Where((entry, index) => since + index != at && entry.Change is { } other && Undoes(other, change))
                .Any()
                ? Record.History[last].Time
                : null;
        }

        private static bool Undoes(DefinitionChange one, DefinitionChange other) =>
            one.Kind == other.Kind
            && one.Name == other.Name
            && one.Field == other.Field
            && (one.What, other.What) switch
            {
                (ChangeKind.Changed, ChangeKind.Changed) => true,
                (ChangeKind.Added, ChangeKind.Removed) or (ChangeKind.Removed, ChangeKind.Added) => true,
                _ => false,
            };

        /// <summary>The first approval after an entry of the history: it covers all that was open.</summary>
        public HandledBy? ApprovalAfter(int at) => _approvals.Find(approval => approval.At > at).By;

        /// <summary>The approval, before a time, of a change of the definition that a finding is in, where that was found before it.</summary>
        public HandledBy? ApprovalOf(Finding finding, DateTimeOffset until)
        {
            for (var at = 0; at < Record.History.Count; at++)
                if (
                    Record.History[at].Change is { } change
                    && IsIn(finding.Subject, DefinitionSubject.Of(change.Kind, change.Name))
                    && ApprovalAfter(at) is { } by
                    && by.Time >= finding.FirstSeen
                    && by.Time < until
                )
                    return by;
            return null;
        }

        /// <summary>How many calls of a tool were stopped from a time on.</summary>
        public int StoppedAfter(string tool, DateTimeOffset time, DateTimeOffset? until) =>
            _stopped.Count(stop => stop.Tool == tool && stop.Time >= time && (until is null || stop.Time < until));

        /// <summary>Whether calls of the tool that a finding is in were stopped after it was found.</summary>
        public bool StoppedFor(Finding finding) =>
            _stopped.Any(stop =>
                stop.Time >= finding.FirstSeen && IsIn(finding.Subject, DefinitionSubject.Of(DefinitionKind.Tool, stop.Tool))
            );

        private static bool IsIn(string subject, string definition) =>
            subject.StartsWith(definition, StringComparison.Ordinal)
            && (subject.Length == definition.Length || subject[definition.Length] == ',');

        /// <summary>By label and command, as guard tells servers apart; where the log has the command in another form, by a label that is unique.</summary>
        private bool IsOf(RecordedSession session, bool isOnlyOne) =>
            session.Server == Record.Label && (isOnlyOne || ServerRecords.KeyOf(session.Server, session.Start?.Detail ?? "") == Record.Key);
    }
}
