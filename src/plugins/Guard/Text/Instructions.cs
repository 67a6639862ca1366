using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Orders to a model that were found in a text.</summary>
/// <param name="Severity">How much they matter.</param>
/// <param name="Why">What shows that they are orders, as the rest of a sentence.</param>
/// <param name="Start">Where they begin.</param>
/// <param name="Length">How long they are.</param>
internal sealed record FoundInstructions(Severity Severity, string Why, int Start, int Length);

/// <summary>
/// Tells orders to a model from other text: by phrases (<see cref="InstructionRules"/>), and by the weight of all words together
/// (<see cref="InstructionModel"/>). Safe to use from several threads.
/// </summary>
internal sealed class Instructions
{
    private const int MaxWords = 4;
    private const int MaxSubjects = 3;

    /// <summary>
    /// Results talk about orders more often than they give any, and there is much more of them. So phrases count, and are looked for, near
    /// the sentences that the model finds most like orders, unless it is as sure of the opposite: this much below the score from which it
    /// reports by itself.
    /// </summary>
    private const float Doubt = 4;

    /// <summary>Characters around these sentences in which phrases are looked for.</summary>
    private const int Around = 300;

    private readonly InstructionRules _rules;
    private readonly InstructionModel _model;

    public Instructions()
        : this(new InstructionRules(), new InstructionModel(new ConceptTable())) { }

    public Instructions(InstructionRules rules, InstructionModel model) => (_rules, _model) = (rules, model);

    /// <summary>The orders in a text; null: it has none. It may be written with look-alike letters.</summary>
    /// <param name="text">The text, without hidden characters.</param>
    /// <param name="origin">Where it comes from.</param>
    public FoundInstructions? Find(string text, TextOrigin origin)
    {
        var found = FindIn(text, origin);
        if (found is not null)
            return found;
        // Both forms count: folding destroys Cyrillic and Greek.
        var folded = Confusables.Fold(text);
        return ReferenceEquals(folded, text) ? null : FindIn(folded, origin);
    }

    private FoundInstructions? FindIn(string text, TextOrigin origin)
    {
        var best = _model.Best(text, origin == TextOrigin.Result);
        var threshold = origin == TextOrigin.Result ? _model.ResultThreshold : _model.DefinitionThreshold;
        if (origin == TextOrigin.Result && best.Score < threshold - Doubt)
            return null;
        var from = origin == TextOrigin.Result ? Math.Max(0, best.Start - Around) : 0;
        var end = origin == TextOrigin.Result ? Math.Min(text.Length, best.Start + best.Length + Around) : text.Length;
        if (_rules.Match(text[from..end]) is { } match)
            return new(
                match.Severity,
                "it " + string.Join(", ", match.Classes.Select(Describe).OfType<string>()),
                from + match.Start,
                match.Length
            );
        if (best.Score < threshold)
            return null;
        var (words, subjects) = _model.Explain(text.Substring(best.Start, best.Length), MaxWords, MaxSubjects, Subject);
        return new(
            Severity.Medium,
            "it is worded as orders"
                + (subjects.Count > 0 ? $", about {string.Join(", ", subjects)}" : "")
                + (words.Count > 0 ? $" ({string.Join(", ", words.Select(word => $"'{VisibleText.Of(word)}'"))})" : ""),
            best.Start,
            best.Length
        );
    }

    private static string? Describe(string name) =>
        name switch
        {
            "override" => "sets other instructions aside",
            "conceal" => "wants something kept from the user",
            "markup" => "pretends to be a message of the system",
            "order" => "orders an action",
            "target" => "names secrets",
            "send" => "passes data on",
            _ => null,
        };

    /// <summary>What a class of words is about, in words; null: that explains nothing.</summary>
    private static string? Subject(string name) =>
        name switch
        {
            "url" => "an address on the web",
            "mail" => "a mail address",
            "path" => "files",
            "secretpath" => "files with secrets",
            "model" => "models",
            "user" => "the user",
            "tell" => "what to say",
            "hide" => "secrecy",
            "askuser" => "permission",
            "send" => "passing on",
            "put" => "filling something in",
            "read" => "reading",
            "run" => "running something",
            "change" => "changing something",
            "delete" => "deleting",
            "install" => "installing",
            "secret" => "secrets",
            "chat" => "the conversation",
            "tools" => "tools",
            "other" => "other tools",
            "always" => "every time",
            "ignore" => "setting something aside",
            "rules" => "rules",
            "authority" => "authority",
            "best" => "preference",
            "memory" => "memory",
            "address" => "recipients",
            "money" => "money",
            "code" => "code",
            _ => null,
        };
}
