using Kilometers.Definitions;

namespace Kilometers.Plugins.Guard.Text;

/// <summary>Where a text comes from: what is normal in one place is not in another.</summary>
internal enum TextOrigin
{
    /// <summary>A definition: written once, for the model, by the server's author.</summary>
    Definition,

    /// <summary>A result: content, which anybody may have written.</summary>
    Result,
}

/// <summary>What a detector found in a text.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Summary">What it is, as the rest of a sentence that begins with where it is.</param>
/// <param name="Evidence">The text that shows it, made visible.</param>
/// <param name="Advice">What to do.</param>
internal sealed record TextFinding(string Code, Severity Severity, string Summary, string Evidence, string Advice);

/// <summary>Looks at one text for one thing, in time linear in its length.</summary>
internal interface ITextDetector
{
    /// <summary>What is in the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="origin">Where it comes from.</param>
    IEnumerable<TextFinding> Find(string text, TextOrigin origin);
}
