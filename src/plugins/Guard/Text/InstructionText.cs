using Kilometers.Contracts;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Text that gives the model orders: in a description, or in a result that anybody may have written.</summary>
/// <param name="rules">What orders look like.</param>
internal sealed class InstructionText(InstructionRules rules) : ITextDetector
{
    public IEnumerable<TextFinding> Find(string text, TextOrigin origin)
    {
        var plain = HiddenCharacters.Strip(text);
        if (rules.MatchFolded(plain) is not { } match)
            yield break;
        var says = string.Join(", ", match.Classes.Select(Describe).OfType<string>());
        yield return new(
            ErrorCode.GuardInstructions,
            match.Severity,
            $"gives the model instructions: it {says}",
            VisibleText.Around(plain, match.Start, match.Length),
            origin == TextOrigin.Definition
                ? "Do not use the server until you have read the whole text: km guard show SERVER --definitions"
                : "Check what the model does next; do not let it act on this result."
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
}
