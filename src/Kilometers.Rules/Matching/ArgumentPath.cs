using System.Text.Json;

namespace Kilometers.Rules.Matching;

/// <summary>A JSON pointer (RFC 6901) into arguments, in which <c>*</c> is any member or element, and <c>**</c> any number of them.</summary>
public sealed class ArgumentPath
{
    /// <summary>Any member or element.</summary>
    internal const string Any = "*";

    /// <summary>Any number of them.</summary>
    internal const string AnyDepth = "**";

    private readonly string _text;
    private readonly string[] _steps;

    private ArgumentPath(string text, string[] steps) => (_text, _steps) = (text, steps);

    /// <param name="text">The text.</param>
    /// <param name="path">The path; null: the text is none.</param>
    public static bool TryParse(string text, out ArgumentPath? path)
    {
        ArgumentNullException.ThrowIfNull(text);
        path =
            text.StartsWith('/') && !text.EndsWith('~') && !HasWrongEscape(text)
                ? new ArgumentPath(
                    text,
                    [
                        .. text[1..]
                            .Split('/')
                            .Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)),
                    ]
                )
                : null;
        return path is not null;
    }

    /// <summary>Finds the values there.</summary>
    internal PathSearch Search(JsonElement root) => PathSearch.In(_steps, root);

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool HasWrongEscape(string text)
    {
        for (var at = text.IndexOf('~'); at >= 0; at = text.IndexOf('~', at + 1))
            if (text[at + 1] is not ('0' or '1'))
                return true;
        return false;
    }
}
