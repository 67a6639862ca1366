using System.Globalization;
using System.Text.Json;
using Kilometers.Rules.Matching;

namespace Kilometers.Rules;

/// <summary>
/// Decides about the requests of one session. What cannot be decided, because a message is not known as a whole, counts as a violation that
/// is not certain. Not safe to use from several threads.
/// </summary>
/// <param name="rules">The rules.</param>
public sealed class RuleEvaluator(RuleSet rules)
{
    private const int MaxEvidence = 4000;
    private readonly Dictionary<Rule, Queue<DateTimeOffset>> _recent = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// The first rule that a request violates, of those that deny it if there is one; null: none. Requests come in the order in which they
    /// were made.
    /// </summary>
    public RuleViolation? Evaluate(GuardedRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        RuleViolation? first = null;
        // All are looked at, even if one is violated: each counts on its own.
        foreach (var rule in rules.Rules)
            if (Violation(rule, request) is { } violation && (first is null || rule.Action > first.Rule.Action))
                first = violation;
        return first;
    }

    private RuleViolation? Violation(Rule rule, GuardedRequest request)
    {
        var evidence = new List<string>();
        var applies = Holds(rule.When, request, mustAll: false, evidence);
        if (applies == Truth.No)
            return null;
        var isExcused = rule.Unless is { } unless ? Holds(unless, request, mustAll: true, evidence) : Truth.No;
        if (isExcused == Truth.Yes)
            return null;
        if (rule.Rate is { } rate && !Exceeds(rule, rate, request.Time, evidence))
            return null;
        var isCertain = applies == Truth.Yes && isExcused == Truth.No;
        if (!isCertain)
            evidence.Add("the request could not be read as a whole");
        return new(rule, evidence.Count == 0 ? $"{request.Method} {request.Name}".TrimEnd() : string.Join("; ", evidence), isCertain);
    }

    private bool Exceeds(Rule rule, RuleRate rate, DateTimeOffset time, List<string> evidence)
    {
        if (!_recent.TryGetValue(rule, out var recent))
            _recent[rule] = recent = new Queue<DateTimeOffset>();
        while (recent.TryPeek(out var oldest) && time - oldest >= rate.Per)
            recent.Dequeue();
        if (recent.Count < rate.Calls)
        {
            recent.Enqueue(time);
            return false;
        }

        // What exceeds the rate is not counted as well: then a client that tries again and again would never be allowed anything.
        evidence.Add(string.Create(CultureInfo.InvariantCulture, $"more than {rate.Calls} in {rate.Per.TotalSeconds:0} s"));
        return true;
    }

    private static Truth Holds(RuleConditions conditions, GuardedRequest request, bool mustAll, List<string> evidence)
    {
        // What needs no look into the message comes first: it decides most cases.
        if (
            !Fits(conditions.Servers, request.Server)
            || !Fits(conditions.Methods, request.Method)
            || (conditions.Tools is not null && (request.Tool is not { } tool || !Fits(conditions.Tools, tool)))
            || (conditions.Times is { } times && !times.Any(time => time.Contains(request.Time)))
        )
            return Truth.No;
        if (conditions.Arguments is null && conditions.Hosts is null)
            return Truth.Yes;
        if (!request.TryGetArguments(out var arguments))
            return Truth.Unknown;
        try
        {
            return Holds(conditions, request, arguments, mustAll, evidence) ? Truth.Yes : Truth.No;
        }
        catch (InvalidOperationException)
        {
            // A text that is not Unicode.
            return Truth.Unknown;
        }
    }

    private static bool Holds(RuleConditions conditions, GuardedRequest request, JsonElement arguments, bool mustAll, List<string> evidence)
    {
        foreach (var (path, patterns) in conditions.Arguments ?? [])
        {
            var values = path.Search(arguments).Found;
            if (
                !Holds(
                    values,
                    value => FitsPlace(patterns, value.Text, mustAll),
                    mustAll,
                    value => $"{value.Path} = {value.Text}",
                    evidence
                )
            )
                return false;
        }

        if (conditions.Hosts is not { } hosts)
            return true;
        var found = request.Hosts(arguments, static arguments => [.. HostsIn(arguments).Distinct(StringComparer.Ordinal)]);
        return Holds(found, host => Fits(hosts, host), mustAll, host => $"host {host}", evidence);
    }

    private static bool Holds<T>(IReadOnlyList<T> values, Predicate<T> fits, bool mustAll, Func<T, string> describe, List<string> evidence)
    {
        // What fits is the evidence of a rule, and what does not fit that of a missing exception.
        var telling = values.Where(value => fits(value) != mustAll).ToList();
        if (telling.Count > 0)
            evidence.Add(Shown(describe(telling[0])));
        return mustAll ? values.Count > 0 && telling.Count == 0 : telling.Count > 0;
    }

    private static bool Fits(IReadOnlyList<TextPattern>? patterns, string text) =>
        patterns is null || patterns.Any(pattern => pattern.Matches(text));

    /// <summary>A path has many spellings: a rule applies to any of them, and an exception only where all are allowed.</summary>
    private static bool FitsPlace(IReadOnlyList<TextPattern> patterns, string value, bool mustAll)
    {
        var straight = WrittenPlace.Straight(value);
        return straight == value ? Fits(patterns, value)
            : mustAll ? Fits(patterns, value) && Fits(patterns, straight)
            : Fits(patterns, value) || Fits(patterns, straight);
    }

    private static IEnumerable<string> HostsIn(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => WrittenPlace.HostsIn(element.GetString()!),
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(member => WrittenPlace.HostsIn(member.Name).Concat(HostsIn(member.Value))),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(HostsIn),
            _ => [],
        };

    private static string Shown(string text) => text.Length <= MaxEvidence ? text : $"{text[..MaxEvidence]}…";
}
