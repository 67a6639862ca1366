using System.Globalization;
using System.Text.Json;
using Kilometers.Rules.Matching;

namespace Kilometers.Rules.Reading;

/// <summary>Makes rules of JSON, and says of everything that is not one why.</summary>
internal sealed class RuleReader
{
    private const int MaxMistakes = 100;
    private const int MaxRules = 500;
    private const int MaxName = 64;
    private const int MaxCalls = 10_000;
    private const string TimeFormat = "HH:mm";
    private static readonly TimeSpan MaxPer = TimeSpan.FromDays(1);
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>What is wrong.</summary>
    public List<RuleMistake> Mistakes { get; } = [];

    /// <summary>The rules. What is wrong is left out of them.</summary>
    public RuleSet Read(JsonPart file)
    {
        var rules = new List<Rule>();
        var members = Object(file, ["$schema", "version", "rules"], ["version", "rules"]);
        if (members.TryGetValue("version", out var version) && version.Text != "1")
            Wrong(version, RuleMistakeKind.Value, "The version must be 1.");
        if (members.TryGetValue("rules", out var list))
        {
            var items = Array(list);
            if (items.Count > MaxRules)
                Wrong(list, RuleMistakeKind.Value, $"There are more than {MaxRules} rules.");
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in items.Take(MaxRules))
            {
                var rule = ReadRule(item, out var name);
                if (name is not null && !names.Add(rule.Name))
                    Wrong(name, RuleMistakeKind.Duplicate, $"Another rule is called '{rule.Name}'.");
                rules.Add(rule);
            }
        }

        return new RuleSet(rules);
    }

    private Rule ReadRule(JsonPart part, out JsonPart? name)
    {
        var members = Object(part, ["name", "description", "severity", "action", "when", "unless", "rate"], ["name"]);
        if (members.TryGetValue("name", out name) && !IsName(Text(name)))
            Wrong(name, RuleMistakeKind.Value, $"A name has 1 to {MaxName} lower-case letters, digits and hyphens.");
        var rule = new Rule
        {
            Name = name?.Text ?? "",
            Description = members.TryGetValue("description", out var description) ? Text(description) : null,
            Severity = members.TryGetValue("severity", out var severity) ? Severity(severity) : RuleSeverity.Medium,
            Action = members.TryGetValue("action", out var action) ? Action(action) : RuleAction.Report,
            When = members.TryGetValue("when", out var when) ? Conditions(when) : new RuleConditions(),
            Unless = members.TryGetValue("unless", out var unless) ? Conditions(unless) : null,
            Rate = members.TryGetValue("rate", out var rate) ? Rate(rate) : null,
        };
        if (part.Members.Count > 0 && part.Members.Count == members.Count && when is null && unless is null && rate is null)
            Wrong(part, RuleMistakeKind.Missing, "A rule needs 'when', 'unless' or 'rate': without them, it would forbid everything.");
        return rule;
    }

    private RuleConditions Conditions(JsonPart part)
    {
        var members = Object(part, ["servers", "methods", "tools", "arguments", "hosts", "times"], []);
        if (part.Kind == JsonValueKind.Object && part.Members.Count == 0)
            Wrong(part, RuleMistakeKind.Missing, "There is no condition in it: it would always hold.");
        return new RuleConditions
        {
            Servers = members.TryGetValue("servers", out var servers) ? Patterns(servers) : null,
            Methods = members.TryGetValue("methods", out var methods) ? Patterns(methods) : null,
            Tools = members.TryGetValue("tools", out var tools) ? Patterns(tools) : null,
            Arguments = members.TryGetValue("arguments", out var arguments) ? Arguments(arguments) : null,
            Hosts = members.TryGetValue("hosts", out var hosts) ? Patterns(hosts, ignoresCase: true) : null,
            Times = members.TryGetValue("times", out var times) ? [.. Filled(times).Select(Times)] : null,
        };
    }

    private List<ArgumentCondition> Arguments(JsonPart part)
    {
        var conditions = new List<ArgumentCondition>();
        if (part.Kind != JsonValueKind.Object)
            Wrong(part, RuleMistakeKind.Type, "An object is expected: paths, each with patterns.");
        else if (part.Members.Count == 0)
            Wrong(part, RuleMistakeKind.Missing, "There is no path in it.");
        foreach (var (name, value) in part.Members)
        {
            if (!ArgumentPath.TryParse(name.Text, out var path))
                Wrong(
                    name,
                    RuleMistakeKind.Value,
                    "A path is a JSON pointer such as /path or /edits/*/text; ~ is written ~0, / within a name ~1."
                );
            else
                conditions.Add(new ArgumentCondition(path!, Patterns(value)));
        }

        return conditions;
    }

    private WeekTimes Times(JsonPart part)
    {
        var members = Object(part, ["days", "from", "to", "zone"], ["from", "to"]);
        var days = new HashSet<DayOfWeek>(Enum.GetValues<DayOfWeek>());
        if (members.TryGetValue("days", out var list))
        {
            days.Clear();
            foreach (var item in Filled(list))
            {
                if (System.Array.IndexOf(Days, Text(item)) is >= 0 and var day)
                    days.Add((DayOfWeek)day);
                else
                    Wrong(item, RuleMistakeKind.Value, $"A day is one of {string.Join(", ", Days)}.");
            }
        }

        return new WeekTimes(
            days,
            Clock(members.GetValueOrDefault("from")),
            Clock(members.GetValueOrDefault("to")),
            Zone(members.GetValueOrDefault("zone"))
        );
    }

    private TimeOnly Clock(JsonPart? part)
    {
        if (part is null)
            return default;
        if (!TimeOnly.TryParseExact(Text(part), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            Wrong(part, RuleMistakeKind.Value, "A time of day is written 08:00 or 17:30, from 00:00 to 23:59.");
        return time;
    }

    private TimeZoneInfo Zone(JsonPart? part)
    {
        if (part is null)
            return TimeZoneInfo.Local;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(Text(part), out var zone))
            return zone;
        Wrong(part, RuleMistakeKind.Value, "This machine knows no such time zone. Examples: UTC, Europe/Zurich.");
        return TimeZoneInfo.Utc;
    }

    private RuleRate Rate(JsonPart part)
    {
        var members = Object(part, ["calls", "per"], ["calls", "per"]);
        var calls = 0;
        if (
            members.TryGetValue("calls", out var number)
            && (
                !int.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out calls)
                || calls is < 1 or > MaxCalls
                || number.Kind != JsonValueKind.Number
            )
        )
            Wrong(number, RuleMistakeKind.Value, $"This must be a whole number from 1 to {MaxCalls}.");
        return new RuleRate(calls, members.TryGetValue("per", out var per) ? Span(per) : default);
    }

    private TimeSpan Span(JsonPart part)
    {
        var text = Text(part);
        if (
            text.Length > 1
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is > 0 and <= 86_400
        )
        {
            var span = text[^1] switch
            {
                's' => TimeSpan.FromSeconds(count),
                'm' => TimeSpan.FromMinutes(count),
                'h' => TimeSpan.FromHours(count),
                _ => TimeSpan.Zero,
            };
            if (span > TimeSpan.Zero && span <= MaxPer)
                return span;
        }

        Wrong(part, RuleMistakeKind.Value, "A time is written 30s, 5m or 1h, and has at most 24 hours.");
        return default;
    }

    private RuleSeverity Severity(JsonPart part)
    {
        switch (Text(part))
        {
            case "low":
                return RuleSeverity.Low;
            case "medium":
                return RuleSeverity.Medium;
            case "high":
                return RuleSeverity.High;
            default:
                Wrong(part, RuleMistakeKind.Value, "A severity is low, medium or high.");
                return RuleSeverity.High;
        }
    }

    private RuleAction Action(JsonPart part)
    {
        switch (Text(part))
        {
            case "report":
                return RuleAction.Report;
            case "deny":
                return RuleAction.Deny;
            default:
                Wrong(part, RuleMistakeKind.Value, "An action is report or deny.");
                return RuleAction.Deny;
        }
    }

    private List<TextPattern> Patterns(JsonPart part, bool ignoresCase = false) =>
        [.. Filled(part).Select(item => Pattern(item, ignoresCase))];

    private TextPattern Pattern(JsonPart part, bool ignoresCase)
    {
        if (part.Kind != JsonValueKind.Object)
        {
            if (Text(part).Length == 0 && part.Kind == JsonValueKind.String)
                Wrong(part, RuleMistakeKind.Value, "A pattern is not empty.");
            return TextPattern.Glob(part.Text, ignoresCase);
        }

        var members = Object(part, ["matches"], ["matches"]);
        if (!members.TryGetValue("matches", out var expression))
            return TextPattern.Glob("");
        try
        {
            return TextPattern.Expression(Text(expression));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            var why = e is NotSupportedException ? "it has a look-around, a back reference or an atomic group" : e.Message;
            Wrong(expression, RuleMistakeKind.Value, $"The expression cannot be used: {why}");
            return TextPattern.Glob("");
        }
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxName
        && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');

    /// <summary>The members of an object by name. Those that are not known, are missing, or are there twice, are reported.</summary>
    private Dictionary<string, JsonPart> Object(JsonPart part, string[] known, string[] required)
    {
        var members = new Dictionary<string, JsonPart>(StringComparer.Ordinal);
        if (part.Kind != JsonValueKind.Object)
        {
            Wrong(part, RuleMistakeKind.Type, $"An object is expected, with {string.Join(", ", known)}.");
            return members;
        }

        foreach (var (name, value) in part.Members)
        {
            if (!known.Contains(name.Text))
                Wrong(name, RuleMistakeKind.Unknown, $"'{name.Text}' means nothing here. Known: {string.Join(", ", known)}.");
            else if (!members.TryAdd(name.Text, value))
                Wrong(name, RuleMistakeKind.Duplicate, $"'{name.Text}' is there twice.");
        }

        foreach (var name in required.Where(name => !members.ContainsKey(name)))
            Wrong(part, RuleMistakeKind.Missing, $"'{name}' is missing.");
        return members;
    }

    private List<JsonPart> Array(JsonPart part)
    {
        if (part.Kind != JsonValueKind.Array)
            Wrong(part, RuleMistakeKind.Type, "An array is expected.");
        return part.Items;
    }

    /// <summary>An array that must not be empty: an empty list could mean everything, or nothing.</summary>
    private List<JsonPart> Filled(JsonPart part)
    {
        if (part.Kind == JsonValueKind.Array && part.Items.Count == 0)
            Wrong(part, RuleMistakeKind.Missing, "The list is empty.");
        return Array(part);
    }

    private string Text(JsonPart part)
    {
        if (part.Kind != JsonValueKind.String)
            Wrong(part, RuleMistakeKind.Type, "A text is expected.");
        return part.Text;
    }

    private void Wrong(JsonPart part, RuleMistakeKind kind, string message)
    {
        if (
            Mistakes.Count < MaxMistakes
            && !Mistakes.Any(mistake =>
                (mistake.Line, mistake.Column) == (part.Line, part.Column) && mistake.Kind == kind && mistake.Message == message
            )
        )
            Mistakes.Add(new RuleMistake(part.Line, part.Column, part.Path, kind, message));
    }
}
