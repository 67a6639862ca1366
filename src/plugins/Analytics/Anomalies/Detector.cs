using Kilometers.Analytics;
using Kilometers.Analytics.Writing;

namespace Kilometers.Plugins.Analytics.Anomalies;

/// <summary>
/// Finds what is unusual in the calls of all sessions (docs/plugins/analytics.md, "Alarms"). Each call, and each spell of calls, gets a score: how far
/// it is from what its tool or its server usually does. How rare a score is tells <see cref="Tail"/>; what that may cost, <see cref="Budget"/>; and
/// whether it lasts, <see cref="Evidence"/>. Safe to use from several threads.
/// </summary>
internal sealed class Detector
{
    /// <summary>Calls of a tool, before its next ones are judged.</summary>
    private const int MinCalls = 32;

    /// <summary>Spells, before the next ones are judged.</summary>
    private const int MinSpells = 12;

    /// <summary>Calls of a server, before the mix and the order of the next ones are judged.</summary>
    private const int MinServerCalls = 200;

    /// <summary>A server is reported for one thing of a kind at a time: what one cause does to ten tools is one alarm.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    private const int MaxQuiet = 1024;

    private readonly Lock _lock = new();
    private readonly Action<Anomaly> _report;
    private readonly Budget _budget;
    private readonly Norms _norms = new();
    private readonly Dictionary<(string Server, AnomalyKind Kind), DateTimeOffset> _reported = [];

    /// <param name="perThousandHours">False alarms per 1,000 hours of sessions, at most.</param>
    /// <param name="report">Takes what is found.</param>
    public Detector(double perThousandHours, Action<Anomaly> report) => (_budget, _report) = (new Budget(perThousandHours), report);

    public void Take(IEnumerable<LearnedState> states)
    {
        lock (_lock)
            _norms.Take(states);
    }

    /// <summary>What was learned since the last time.</summary>
    public IReadOnlyList<LearnedState> TakeChanges()
    {
        lock (_lock)
            return [.. _norms.TakeChanges()];
    }

    /// <summary>A call of a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="call">The call.</param>
    /// <param name="gap">The time since the last call of the session.</param>
    public void Add(WatchedSession session, WatchedCall call, TimeSpan gap)
    {
        lock (_lock)
        {
            _budget.Pass(gap);
            var norms = _norms.Of(session.Server, call.Tool);
            if (!call.HasFailed)
            {
                if (call.LogLatency is { } latency)
                    Judge(session, call, AnomalyKind.SlowCall, norms.Latency, latency, 0.15);
                if (call.LogSize is { } size)
                    Judge(session, call, AnomalyKind.LargeAnswer, norms.Size, size, 0.1);
            }
        }
    }

    /// <summary>A spell of calls of one tool is over.</summary>
    public void Add(WatchedSession session, WatchedCall last, ToolSpell spell)
    {
        lock (_lock)
        {
            var norms = _norms.Of(session.Server, last.Tool);
            var found = new Found(session, last, spell.Start, spell.Calls);
            if (spell.Latency is { } latency)
                Judge(found, AnomalyKind.Slower, norms.SpellLatency, norms.Slower, latency);
            if (spell.Size is { } size)
                Judge(found, AnomalyKind.Larger, norms.SpellSize, norms.Larger, size);
            JudgeFailures(found, norms, spell);
        }
    }

    /// <summary>A spell of calls of a session is over.</summary>
    public void Add(WatchedSession session, WatchedCall last, CallSpell spell)
    {
        lock (_lock)
        {
            var norms = _norms.Of(session.Server);
            if (norms.Tools.Total >= MinServerCalls)
            {
                var mix = spell.Mix(norms);
                var found = new Found(session, last with { Tool = mix.Tool }, spell.Start, spell.Calls.Count);
                JudgeSpell(found, AnomalyKind.CallMix, norms.SpellMix, norms.Mix, mix.Score, mix.Part, norms.Tools.Of(mix.Tool), "");
                var order = spell.Order(norms);
                found = found with { Call = last with { Tool = order.Tool } };
                var usual = norms.Follows(order.Previous, order.Tool);
                JudgeSpell(found, AnomalyKind.CallOrder, norms.SpellOrder, norms.Order, order.Score, order.Part, usual, order.Previous);
            }

            foreach (var (previous, tool) in spell.Calls)
                norms.Add(previous, tool);
        }
    }

    /// <summary>Judges one call: as DSPOT does, by how far it is from the last ones.</summary>
    private void Judge(WatchedSession session, WatchedCall call, AnomalyKind kind, Window usual, double value, double leastSpread)
    {
        if (usual.Count < MinCalls)
        {
            usual.Add(value);
            return;
        }

        var tail = _norms.Tail(kind);
        var score = usual.Score(value, leastSpread);
        var (chance, spent) = (tail.Chance(score), _budget.Take(kind));
        var (seen, middle) = (Math.Exp(value), Math.Exp(usual.Quantile(0.5)));
        if (chance <= spent && IsWorthAnAlarm(kind, seen, middle))
        {
            // As in SPOT, what raises an alarm does not become usual.
            Report(
                new Found(session, call, call.Start, 1),
                kind,
                seen,
                middle,
                _budget.Hours(chance, spent, kind),
                usual.Count,
                Math.Exp(usual.Quantile(0.99))
            );
            return;
        }

        tail.Add(score);
        usual.Add(value);
    }

    private void Judge(Found found, AnomalyKind kind, Window usual, Evidence evidence, double value)
    {
        if (usual.Count < MinSpells)
        {
            usual.Add(value);
            return;
        }

        var (seen, middle) = (Math.Exp(value), Math.Exp(usual.Quantile(0.5)));
        if (!Weigh(found, kind, evidence, usual.Score(value, 0.1), seen, middle, usual.Count))
            usual.Add(value);
        else
            usual.Clear();
    }

    private void JudgeFailures(Found found, ToolNorms norms, ToolSpell spell)
    {
        if (norms.Counted >= MinCalls)
        {
            // Twice the difference of the angles has a variance of 1/n, whatever the part is (Anscombe).
            var angle = Math.Asin(Math.Sqrt((spell.Failed + 0.375) / (spell.Calls + 0.75)));
            var score = 2 * (angle - Math.Asin(Math.Sqrt(norms.FailedPart))) * Math.Sqrt(spell.Calls);
            var part = spell.Failed / (double)spell.Calls;
            if (Weigh(found, AnomalyKind.Failing, norms.Failing, score, part, norms.FailedPart, (int)norms.Counted))
                norms.ForgetFailures();
        }

        norms.Count(spell.Calls, spell.Failed);
    }

    private void JudgeSpell(
        Found found,
        AnomalyKind kind,
        Window scores,
        Evidence evidence,
        double score,
        double part,
        double usualPart,
        string previous
    )
    {
        if (
            scores.Count < MinSpells
            || !Weigh(found with { Previous = previous }, kind, evidence, scores.Score(score, 0.25), part, usualPart, scores.Count)
        )
            scores.Add(score);
    }

    /// <summary>Weighs a score of a spell.</summary>
    /// <returns>Whether it raised an alarm.</returns>
    private bool Weigh(Found found, AnomalyKind kind, Evidence evidence, double score, double value, double usual, int known)
    {
        var tail = _norms.Tail(kind);
        evidence.Add(found.Call.End, tail.Chance(score), _budget.Take(kind));
        tail.Add(score);
        if (evidence.Value < 1 || !IsWorthAnAlarm(kind, value, usual))
            return false;
        Report(found, kind, value, usual, _budget.Hours(1, evidence.Value, kind), known, 0);
        evidence.Clear();
        return true;
    }

    /// <summary>Whether people would call it a difference. This only ever takes alarms away.</summary>
    private static bool IsWorthAnAlarm(AnomalyKind kind, double value, double usual) =>
        kind switch
        {
            AnomalyKind.SlowCall => value >= 1 && value >= usual * 4,
            AnomalyKind.LargeAnswer => value >= 20_000 && value >= usual * 4,
            AnomalyKind.Slower => value >= usual * 1.5 && value - usual >= 0.01,
            AnomalyKind.Larger => value >= usual * 1.5 && value - usual >= 1000,
            _ => value >= usual + 0.1,
        };

    private void Report(Found found, AnomalyKind kind, double value, double usual, double hours, int known, double limit)
    {
        var (session, call) = (found.Session, found.Call);
        if (_reported.TryGetValue((session.Server, kind), out var last) && call.End >= last && call.End - last < Quiet)
            return;
        if (_reported.Count >= MaxQuiet)
            _reported.Clear();
        _reported[(session.Server, kind)] = call.End;
        _report(
            new Anomaly
            {
                Kind = kind,
                Session = session.Key,
                Server = session.Server,
                Tool = call.Tool,
                Previous = found.Previous,
                Time = call.End,
                Since = found.Since,
                Sequence = call.Sequence,
                Value = value,
                Usual = usual,
                Limit = limit,
                Calls = found.Calls,
                Known = known,
                Hours = hours,
            }
        );
    }

    /// <summary>What is judged.</summary>
    private sealed record Found(WatchedSession Session, WatchedCall Call, DateTimeOffset Since, int Calls)
    {
        public string Previous { get; init; } = "";
    }
}
