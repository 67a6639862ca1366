namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>
/// The value of a member, parameter or header whose name says that it is secret: <c>"api_key": "…"</c>, also within a JSON string
/// (<c>\"api_key\":\"…\"</c>), <c>password=…</c>, <c>--password …</c>, <c>Authorization: …</c>. A value that is looked through is consumed.
/// </summary>
internal static class NamedSecret
{
    public static SecretRange? Match(string text, int position, SecretNames names)
    {
        if (position > 1 && text[position - 1] == '-' && Characters.IsWord(text[position - 2])) return null;
        var end = Characters.RunEnd(text, position, Characters.IsToken, SecretNames.Longest + 1);
        var name = text.AsSpan(position, end - position);
        if (name.Length > SecretNames.Longest || !names.Contains(name)) return null;
        var closing = end;
        while (closing < text.Length && (text[closing] is '\\' or '"' or '\'')) closing++;
        var separator = SkipSpace(text, closing);
        if (separator >= text.Length) return null;
        if (text[separator] is not (':' or '='))
        {
            var option = position > 1 && text.AsSpan(position - 2, 2) is "--" && closing == end && separator > end && text[separator] != '-';
            return option && SecretValue.End(text, separator, line: false, out var first) is var last && last > first ? new(first, last) : null;
        }
        var value = SkipSpace(text, separator + 1);
        if (value >= text.Length) return null;
        // All of these headers' value is secret, and it may have several words: Digest …, a=1; b=2.
        var line = text[separator] == ':' && closing == end && (name.Equals("authorization", StringComparison.OrdinalIgnoreCase)
            || name.Equals("proxy-authorization", StringComparison.OrdinalIgnoreCase) || name.Equals("cookie", StringComparison.OrdinalIgnoreCase));
        var stop = SecretValue.End(text, value, line, out var start);
        if (stop <= start) return null;
        // A value without quotes of a name in quotes is a JSON number or container; what replaces it must be a string.
        var bare = start == value && closing > end && text[separator] == ':' && text[value] != '\\';
        return new(start, stop, bare ? text[end..closing] : "");
    }

    private static int SkipSpace(string text, int position)
    {
        while (position < text.Length && Characters.IsSpace(text[position])) position++;
        return position;
    }
}
