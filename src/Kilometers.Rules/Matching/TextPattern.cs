using System.Text.RegularExpressions;

namespace Kilometers.Rules.Matching;

/// <summary>What a text must look like: a pattern with <c>*</c> and <c>?</c>, or a regular expression without backtracking.</summary>
public sealed class TextPattern
{
    private readonly string _glob;
    private readonly bool _ignoresCase;
    private readonly Regex? _expression;

    private TextPattern(string glob, bool ignoresCase, Regex? expression) =>
        (_glob, _ignoresCase, _expression) = (glob, ignoresCase, expression);

    /// <summary><c>*</c> stands for any characters, also none; <c>?</c> for one; every other for itself.</summary>
    public static TextPattern Glob(string glob, bool ignoresCase = false) => new(glob, ignoresCase, null);

    /// <summary>An expression that may match anywhere in the text. It takes linear time, whatever the text.</summary>
    /// <exception cref="ArgumentException">It is not valid.</exception>
    /// <exception cref="NotSupportedException">It cannot be matched in linear time.</exception>
    public static TextPattern Expression(string expression) =>
        new(expression, false, new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    /// <summary>Whether a text is so.</summary>
    public bool Matches(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _expression is { } expression
            ? expression.IsMatch(text)
            : Contracts.Glob.Matches(_glob, text, hasSingle: true, _ignoresCase);
    }

    /// <inheritdoc/>
    public override string ToString() => _expression is null ? _glob : $"/{_glob}/";
}
