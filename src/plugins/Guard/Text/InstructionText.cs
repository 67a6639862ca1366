using Kilometers.Contracts;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Text that gives the model orders: in a description, or in a result that anybody may have written.</summary>
/// <param name="instructions">What orders look like.</param>
internal sealed class InstructionText(Instructions instructions) : ITextDetector
{
    public IEnumerable<TextFinding> Find(string text, TextOrigin origin)
    {
        var plain = HiddenCharacters.Strip(text);
        if (instructions.Find(plain, origin) is not { } found)
            yield break;
        yield return new(
            ErrorCode.GuardInstructions,
            found.Severity,
            $"gives the model instructions: {found.Why}",
            VisibleText.Around(plain, found.Start, found.Length),
            origin == TextOrigin.Definition
                ? "Do not use the server until you have read the whole text: km guard show SERVER --definitions"
                : "Check what the model does next; do not let it act on this result."
        );
    }
}
