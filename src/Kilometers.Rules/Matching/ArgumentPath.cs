using System.Globalization;
using System.Text.Json;

namespace Kilometers.Rules.Matching;

/// <summary>A JSON pointer (RFC 6901) into arguments, in which <c>*</c> is any member or element, and <c>**</c> any number of them.</summary>
public sealed class ArgumentPath
{
    private const string Any = "*";
    private const string AnyDepth = "**";
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

    /// <summary>The values there, as text: strings, numbers, true, false and null. Objects and arrays are places, not values.</summary>
    internal IEnumerable<(string Path, string Value)> ValuesIn(JsonElement root) => Walk(root, 0, "");

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool HasWrongEscape(string text)
    {
        for (var at = text.IndexOf('~'); at >= 0; at = text.IndexOf('~', at + 1))
            if (text[at + 1] is not ('0' or '1'))
                return true;
        return false;
    }

    private IEnumerable<(string Path, string Value)> Walk(JsonElement element, int step, string path)
    {
        if (step == _steps.Length)
        {
            if (TextOf(element) is { } value)
                yield return (path, value);
            yield break;
        }

        var isDeep = _steps[step] == AnyDepth;
        // Any number of steps, so none as well.
        if (isDeep)
            foreach (var found in Walk(element, step + 1, path))
                yield return found;
        foreach (var (name, child) in Children(element))
            if (isDeep || _steps[step] == Any || _steps[step] == name)
                foreach (var found in Walk(child, isDeep ? step : step + 1, $"{path}/{name}"))
                    yield return found;
    }

    /// <summary>All members, of which JSON may have several of one name: who acts on the message may take either.</summary>
    private static IEnumerable<(string Name, JsonElement Child)> Children(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Select(member => (member.Name, member.Value)),
            JsonValueKind.Array => element.EnumerateArray().Select((item, index) => (index.ToString(CultureInfo.InvariantCulture), item)),
            _ => [],
        };

    private static string? TextOf(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Undefined => null,
            _ => element.GetRawText(),
        };
}
