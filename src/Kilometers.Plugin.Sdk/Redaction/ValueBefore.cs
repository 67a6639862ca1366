using System.Buffers;
using System.Collections.Frozen;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>A value that its name comes after: "… as the admin password", <c>call("…"); // the access key</c>. Looks back a bounded number of characters.</summary>
internal static class ValueBefore
{
    private const int MaxLine = 200;
    private const int MaxWord = 24;
    private const int MaxWords = 4;
    private const string Which = ", which ";

    private static readonly SearchValues<char> Between = SearchValues.Create(" \"'`*\\,)-<←–—");

    /// <summary>Words between a value and its name.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Connectors = FrozenSet
        .Create(
            StringComparer.OrdinalIgnoreCase,
            "as",
            "is",
            "for",
            "that's",
            "als",
            "ist",
            "für",
            "comme",
            "est",
            "como",
            "es",
            "come",
            "som",
            "är",
            "er"
        )
        .GetAlternateLookup<ReadOnlySpan<char>>();

    public static SecretRange? Match(FoundName name) => name.Kind == NameKind.Secret ? Spoken(name) ?? Commented(name) : null;

    /// <summary>"… is the password", "… as our new admin password".</summary>
    private static SecretRange? Spoken(FoundName name)
    {
        var text = name.Text;
        var at = name.Start;
        for (var words = 0; words < MaxWords; words++)
        {
            if (name.At(at - 1) != ' ')
                return null;
            var end = --at;
            while (at > 0 && end - at < MaxWord && (char.IsLetter(text[at - 1]) || text[at - 1] is '-' or '\''))
                at--;
            var word = text.AsSpan(at, end - at);
            if (word.IsEmpty || word is "not" or "no" or "kein" or "keine")
                return null;
            if (Connectors.Contains(word))
                return Word(name, text.AsSpan(0, at).EndsWith(Which, StringComparison.Ordinal) ? at - Which.Length : at);
        }
        return null;
    }

    /// <summary>The word, or string, that ends at a position, without the tags, quotes and arrows around it.</summary>
    private static SecretRange? Word(FoundName name, int end)
    {
        var text = name.Text;
        var first = Math.Max(0, end - MaxLine);
        while (end > first && Between.Contains(text[end - 1]))
            end--;
        while (end > first && text[end - 1] == '>' && text.AsSpan(first, end - first).LastIndexOf('<') is > 0 and var tag)
            end = first + tag;
        while (end > first && Between.Contains(text[end - 1]))
            end--;
        var start = end;
        while (start > first && !Characters.IsSpace(text[start - 1]) && text[start - 1] is not ('"' or '\'' or '`' or '>' or '('))
            start--;
        return start > first || start == 0 ? name.Hide(start, end, strict: true) : null;
    }

    /// <summary>A string on the same line as a comment that says what it is.</summary>
    private static SecretRange? Commented(FoundName name)
    {
        var from = Math.Max(0, name.Start - MaxLine);
        var before = name.Text.AsSpan(from, name.Start - from);
        if (before.LastIndexOfAny('\r', '\n') is >= 0 and var newline)
        {
            from += newline + 1;
            before = before[(newline + 1)..];
        }
        var comment = before.LastIndexOf(" // ", StringComparison.Ordinal);
        if (comment < 0)
            comment = before.LastIndexOf(" # ", StringComparison.Ordinal);
        if (comment < 0)
            comment = before.LastIndexOf(" -- ", StringComparison.Ordinal);
        before = comment < 0 ? [] : before[..comment].TrimEnd(" ,;)]}");
        if (before is not [.., ('"' or '\'' or '`') and var quote] || before[..^1].LastIndexOf(quote) is not (>= 0 and var open))
            return null;
        return name.Hide(from + open + 1, from + before.Length - 1, strict: true);
    }
}
