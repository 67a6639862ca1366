using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Recordings;
using Kilometers.Recordings.Reading;
using Kilometers.Rules;

namespace Kilometers.Cli.Commands.Guard;

/// <summary>What rules would have reported and stopped in recorded sessions: the very decisions that the plugin makes, at the times of the recording.</summary>
internal sealed record RuleTrial
{
    private const int MaxViolations = 10_000;

    public required DateTimeOffset? Since { get; init; }

    public required int Sessions { get; init; }

    public required long Requests { get; init; }

    /// <summary>Requests that would have been stopped, where policy has all of them held.</summary>
    public required int Stopped { get; init; }

    /// <summary>All rules, those without a violation included, in the order of the file.</summary>
    public required IReadOnlyList<TriedRule> Rules { get; init; }

    /// <summary>In the order of time.</summary>
    public required IReadOnlyList<TriedViolation> Violations { get; init; }

    public static RuleTrial Run(RecordingReader reader, RuleSet rules, DateTimeOffset? since, string? server)
    {
        var sessions = reader.Sessions(server, since);
        var violations = new List<TriedViolation>();
        var counts = rules.Rules.ToDictionary(rule => rule.Name, rule => new TriedRule(rule.Name, rule.Severity, rule.Action, 0, 0, 0, 0));
        var requests = 0L;
        foreach (var session in sessions)
        {
            // The rates are those of a session.
            var evaluator = new RuleEvaluator(rules);
            var violated = new HashSet<string>(StringComparer.Ordinal);
            foreach (var request in SessionItems.Of(reader, session.Row).OfType<RecordedMessage>().Where(IsRequest))
            {
                requests++;
                if (evaluator.Evaluate(Of(session, request)) is not { } violation)
                    continue;
                var isStopped = violation.Rule.Action == RuleAction.Deny && request.Direction == RecordedDirection.In;
                var count = counts[violation.Rule.Name];
                counts[violation.Rule.Name] = count with
                {
                    Violations = count.Violations + 1,
                    NotCertain = count.NotCertain + (violation.IsCertain ? 0 : 1),
                    Stopped = count.Stopped + (isStopped ? 1 : 0),
                    Sessions = count.Sessions + (violated.Add(violation.Rule.Name) ? 1 : 0),
                };
                if (violations.Count < MaxViolations)
                    violations.Add(Of(session, request, violation, isStopped));
            }
        }

        return new RuleTrial
        {
            Since = since,
            Sessions = sessions.Count,
            Requests = requests,
            Stopped = counts.Values.Sum(count => count.Stopped),
            Rules = [.. rules.Rules.Select(rule => counts[rule.Name])],
            Violations =
            [
                .. violations.OrderBy(violation => violation.Time).ThenBy(violation => violation.Session, StringComparer.Ordinal),
            ],
        };
    }

    private static bool IsRequest(RecordedMessage message) =>
        message.Kind is RecordedKind.Request or RecordedKind.Notification
        && GuardedRequest.Is(message.Kind == RecordedKind.Request, message.Method);

    private static GuardedRequest Of(RecordedSession session, RecordedMessage request) =>
        new()
        {
            Server = session.Server ?? "",
            Method = request.Method,
            Name = request.Name,
            Time = request.Time,
            Message = request.IsTruncated ? null : request.Payload,
        };

    private static TriedViolation Of(RecordedSession session, RecordedMessage request, RuleViolation violation, bool isStopped) =>
        new(
            request.Time,
            session.Key,
            session.Server ?? "",
            request.Method,
            request.Name,
            violation.Rule.Name,
            SecretMasker.Redact(violation.Evidence),
            violation.IsCertain,
            isStopped
        );
}

/// <summary>A rule with what it would have reported, and stopped.</summary>
internal sealed record TriedRule(
    string Name,
    RuleSeverity Severity,
    RuleAction Action,
    int Violations,
    int Stopped,
    int NotCertain,
    int Sessions
);

/// <summary>A request that would have been reported.</summary>
internal sealed record TriedViolation(
    DateTimeOffset Time,
    string Session,
    string Server,
    string Method,
    string Name,
    string Rule,
    string Evidence,
    bool IsCertain,
    bool IsStopped
);
