using System.Buffers;
using System.Text.RegularExpressions;
using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>What a text tells a model to do, of the classes in <c>instruction-rules.txt</c>.</summary>
/// <param name="Severity">How much it matters, by what is said together.</param>
/// <param name="Classes">The classes, in the order of the file.</param>
/// <param name="Start">Where the first match that decided begins, in the text that was looked at.</param>
/// <param name="Length">How long it is.</param>
internal sealed record InstructionMatch(Severity Severity, IReadOnlyList<string> Classes, int Start, int Length);

/// <summary>
/// The table <c>instruction-rules.txt</c>. An expression is built when a text has one of its words, and matches in linear time. Single
/// phrases are normal in the descriptions of good servers ("call this before any other tool"): what counts is which stand together.
/// </summary>
/// <param name="lines">The rules; null: those of the table.</param>
internal sealed class InstructionRules(IEnumerable<string>? lines = null)
{
    /// <summary>Characters of a text that are looked at.</summary>
    public const int MaxText = 64 * 1024;

    /// <summary>The table.</summary>
    public const string Table = "instruction-rules.txt";

    private readonly List<Rule> _rules = [.. (lines ?? Resource.Lines(Table)).Select(Rule.Parse)];

    /// <summary>What a text says; null where that is nothing suspicious.</summary>
    /// <param name="text">The text, without hidden characters.</param>
    public InstructionMatch? Match(string text)
    {
        if (text.Length > MaxText)
            text = text[..MaxText];
        var found = new Dictionary<string, (int Start, int Length)>(StringComparer.Ordinal);
        foreach (var rule in _rules)
            if (!found.ContainsKey(rule.Class) && rule.Match(text) is { } match)
                found.Add(rule.Class, match);
        if (SeverityOf(found.Keys) is not { } severity)
            return null;
        var (start, length) = found.OrderBy(pair => Weight(pair.Key)).First().Value;
        return new(severity, [.. found.Keys], start, length);
    }

    /// <summary>Whether any rule matches, whatever that means alone.</summary>
    internal bool Mentions(string text) => _rules.Any(rule => rule.Match(text) is not null);

    /// <summary>What the classes of a text mean together; null: nothing.</summary>
    internal static Severity? SeverityOf(IReadOnlyCollection<string> classes)
    {
        bool Has(string name) => classes.Contains(name);
        var acts = Has("order") || Has("send");
        if (Has("override"))
            return classes.Count > 1 ? Severity.High : Severity.Medium;
        if (Has("conceal"))
            return acts || Has("target") || Has("markup") ? Severity.High : Severity.Medium;
        if (Has("markup"))
            return Has("target") && acts ? Severity.High
                : acts || Has("address") ? Severity.Medium
                : null;
        return Has("order") && Has("target") && Has("send") ? Severity.Medium : null;
    }

    private static int Weight(string name) => Array.IndexOf(["override", "conceal", "markup", "order", "target", "send", "address"], name);

    private sealed class Rule(string name, SearchValues<string> words, string pattern)
    {
        private readonly Lazy<Regex> _regex = new(() =>
            new Regex(
                pattern,
                RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline
            )
        );

        public string Class => name;

        public static Rule Parse(string line) =>
            line.Split('\t') is [var name, var words, var pattern]
                ? new(name, SearchValues.Create(words.Split('|'), StringComparison.OrdinalIgnoreCase), pattern)
                : throw new FormatException($"A rule has three parts: {line}");

        public (int Start, int Length)? Match(string text)
        {
            if (!text.AsSpan().ContainsAny(words))
                return null;
            foreach (var match in _regex.Value.EnumerateMatches(text))
                return (match.Index, match.Length);
            return null;
        }
    }
}
