namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>The password of <c>scheme://user:password@host</c>. Looks at most a fixed number of characters ahead.</summary>
internal static class UrlCredentials
{
    private const int LongestUserInfo = 512;

    public static SecretMasker.Range? Match(string text, int position)
    {
        if (!text.AsSpan(position).StartsWith("://", StringComparison.Ordinal)) return null;
        var start = position + 3;
        var colon = -1;
        for (var index = start; index < Math.Min(text.Length, start + LongestUserInfo); index++)
        {
            var value = text[index];
            if (value == '@') return colon < 0 || colon + 1 == index ? null : new(colon + 1, index);
            if (value == ':' && colon < 0) colon = index;
            if (value is '/' or '?' or '#' or '"' or '\'' or '\\' or '<' or '>' || char.IsWhiteSpace(value)) return null;
        }
        return null;
    }
}
