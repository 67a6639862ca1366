using Kilometers.Audit;
using Kilometers.Cli.Output;
using Kilometers.Contracts;

namespace Kilometers.Cli.Commands.Compliance;

/// <summary>The sections of the report that come from the audit log alone: what ran, with whom, and what was not observed or was refused.</summary>
internal sealed class SessionSections(AuditEvidence audit, CompliancePeriod period, Func<string, string> mask)
{
    public CoverageEvidence Coverage()
    {
        var ended = Ended().ToList();
        return new CoverageEvidence
        {
            Sessions = audit.Sessions.Count,
            Started = audit.Sessions.Count(session => session.Start is { } start && period.Contains(start.Time)),
            Ended = ended.Count,
            WithoutEnd = audit.Sessions.Count(session => session.End is null),
            WithoutPlugins = audit.Sessions.Count(session => session.IsWithoutPlugins),
            InboundMessages = ended.Sum(session => session.Number("inbound")),
            OutboundMessages = ended.Sum(session => session.Number("outbound")),
            ObservedBytes = ended.Sum(session => session.Observed),
            UnobservedBytes = ended.Sum(session => session.Unobserved),
        };
    }

    public IReadOnlyList<ServerEvidence> Servers() =>
        [
            .. audit
                .Sessions.GroupBy(session =>
                    (session.Server, Command: Masked(session.Start!.Detail), Program: ProgramOf(session), session.Program?.Digest)
                )
                .Select(group => new ServerEvidence
                {
                    Server = group.Key.Server,
                    Command = group.Key.Command,
                    Program = group.Key.Program,
                    Digest = group.Key.Digest,
                    Sessions = group.Count(),
                    FirstUsed = group.Min(session => session.FirstUsed),
                    LastUsed = group.Max(session => session.LastUsed),
                    Km =
                    [
                        .. group
                            .Select(session => session.Start!.Data?.GetValueOrDefault("km"))
                            .OfType<string>()
                            .Distinct()
                            .Order(StringComparer.Ordinal),
                    ],
                })
                .OrderBy(server => server.Server, StringComparer.Ordinal)
                .ThenBy(server => server.Command, StringComparer.Ordinal)
                .ThenBy(server => server.Program, StringComparer.Ordinal)
                .ThenBy(server => server.Digest, StringComparer.Ordinal),
        ];

    public IReadOnlyList<ClientEvidence> Clients() =>
        [
            .. audit
                .Sessions.Where(session => session.Client is not null)
                .GroupBy(session => (Client: ClientFact(session, "client") ?? "", Version: ClientFact(session, "clientVersion")))
                .Select(group => new ClientEvidence(
                    group.Key.Client,
                    group.Key.Version,
                    [.. group.Select(session => ClientFact(session, "protocol")).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
                    group.Count()
                ))
                .OrderBy(client => client.Client, StringComparer.Ordinal)
                .ThenBy(client => client.Version, StringComparer.Ordinal),
        ];

    public IReadOnlyList<PluginEvidence> Plugins()
    {
        var used = Ended().SelectMany(session => session.Plugins).ToLookup(plugin => plugin);
        var started = audit.Launches.ToLookup(entry => (Name: entry.Plugin ?? "", entry.Version, entry.Digest));
        return
        [
            .. used.Select(group => group.Key)
                .Union(started.Select(group => group.Key))
                .Select(key => new PluginEvidence
                {
                    Plugin = key.Name,
                    Version = key.Version,
                    Digest = key.Digest,
                    Signer = started[key].Select(SignerOf).LastOrDefault(),
                    Launches = started[key].Count(),
                    Sessions = used[key].Count(),
                })
                .OrderBy(plugin => plugin.Plugin, StringComparer.Ordinal)
                .ThenBy(plugin => plugin.Version, StringComparer.Ordinal)
                .ThenBy(plugin => plugin.Digest, StringComparer.Ordinal),
        ];
    }

    public IReadOnlyList<ConnectionEvidence> Connections() =>
        [
            .. audit
                .Connections.GroupBy(entry => (Plugin: entry.Plugin ?? "", Host: audit.TextOf(entry) ?? ""))
                .Select(group => new ConnectionEvidence(group.Key.Plugin, group.Key.Host, group.Count()))
                .OrderBy(connection => connection.Plugin, StringComparer.Ordinal)
                .ThenBy(connection => connection.Host, StringComparer.Ordinal),
        ];

    public IReadOnlyList<SessionEvidence> Sessions() =>
        [
            .. audit.Sessions.Select(session => new SessionEvidence
            {
                Session = session.Id,
                Server = session.Server,
                Started = session.Start?.Time,
                Ended = session.End?.Time,
                Digest = session.Program?.Digest,
                Client = ClientFact(session, "client"),
                ClientVersion = ClientFact(session, "clientVersion"),
                User = session.Start?.User,
                Status = session.End?.Data?.GetValueOrDefault("status"),
                ObservedBytes = session.End is null ? null : session.Observed,
                UnobservedBytes = session.End is null ? null : session.Unobserved,
                Plugins = session.End is null ? null : [.. session.Plugins.Select(plugin => $"{plugin.Name} {plugin.Version}".TrimEnd())],
                Stopped = session.Stopped,
            }),
        ];

    public IReadOnlyList<GapEvidence> Gaps() =>
        [
            .. audit
                .Losses.Select(entry => new GapEvidence
                {
                    Seq = entry.Seq,
                    Time = entry.Time,
                    Code = entry.Code ?? ErrorCode.ComplianceGap,
                    Detail = ComplianceWords.Request(
                        Fact(entry, "method"),
                        Fact(entry, "name"),
                        audit.TextOf(entry) ?? entry.Event,
                        Requests(entry)
                    ),
                    Session = entry.Session,
                    Server = audit.SessionOf(entry)?.Server,
                    Plugin = entry.Plugin,
                })
                .Concat(audit.Sessions.SelectMany(GapsOf))
                .OrderBy(gap => gap.Seq)
                .ThenBy(gap => gap.Detail, StringComparer.Ordinal),
        ];

    public IReadOnlyList<DenialEvidence> Denials() =>
        [
            .. audit.Denied.Select(entry => new DenialEvidence
            {
                Seq = entry.Seq,
                Time = entry.Time,
                Event = entry.Event,
                Code = entry.Code,
                User = entry.User,
                Session = entry.Session,
                Server = audit.SessionOf(entry)?.Server,
                Plugin = entry.Plugin,
                Detail = audit.TextOf(entry),
                Method = Fact(entry, "method"),
                Name = Fact(entry, "name"),
                Requests = AuditEvidence.Requests(entry),
            }),
        ];

    private IEnumerable<RecordedSession> Ended() => audit.Sessions.Where(session => session.End is { } end && period.Contains(end.Time));

    private static IEnumerable<GapEvidence> GapsOf(RecordedSession session)
    {
        if (session is { Start: { } start, End: null })
            yield return Gap(
                start,
                "No end is recorded before the end of the period: it still ran, or km was killed. Its bytes are not known."
            );
        if (session is { Start: { } begin, IsWithoutPlugins: true })
            yield return Gap(begin, "It ran with --no-plugins: no plugin saw it.");
        if (session.End is not { } end || (session.Unobserved == 0 && session.Losses is null))
            yield break;
        var unobserved = session.Unobserved > 0 ? $"{Units.Many(session.Unobserved, "byte")} passed unobserved" : null;
        yield return Gap(end, string.Join("; ", new[] { unobserved, session.Losses }.OfType<string>())) with
        {
            Bytes = session.Unobserved > 0 ? session.Unobserved : null,
        };

        GapEvidence Gap(AuditEntry entry, string detail) =>
            new()
            {
                Seq = entry.Seq,
                Time = entry.Time,
                Code = ErrorCode.ComplianceGap,
                Detail = detail,
                Session = session.Id,
                Server = session.Server,
            };
    }

    /// <summary>Without the sentence that says how sure that is: it is the same file.</summary>
    private static string? ProgramOf(RecordedSession session) =>
        session.Program is { Digest: not null, Detail: { } detail }
            ? detail.IndexOf(" (as it was after the start", StringComparison.Ordinal) is > 0 and var at
                ? detail[..at]
                : detail
            : null;

    private static string? SignerOf(AuditEntry launch) =>
        launch.Detail is { } detail && detail.StartsWith("signed by ", StringComparison.Ordinal) ? detail["signed by ".Length..]
        : launch.Digest is null ? "unsigned, under development"
        : null;

    private static string? ClientFact(RecordedSession session, string fact) => session.Client?.Data?.GetValueOrDefault(fact);

    private static string? Fact(AuditEntry entry, string fact) =>
        entry.Data?.GetValueOrDefault(fact) is { Length: > 0 } value ? value : null;

    private static long? Requests(AuditEntry entry) => AuditEvidence.Requests(entry);

    private string? Masked(string? text) => text is null ? null : mask(text);
}
