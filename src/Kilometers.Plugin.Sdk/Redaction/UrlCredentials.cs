using System.Buffers;

namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>The password of <c>scheme://user:password@host</c>, and addresses that are secrets themselves. Looks at most a fixed number of characters ahead, or consumes.</summary>
internal static class UrlCredentials
{
    private const int MaxUserInfo = 512;
    private const int MaxHost = 160;

    private static readonly SearchValues<char> AfterHost = SearchValues.Create("/?#:,;()[]{}<>| \"'`\\\r\n\t");
    private static readonly SearchValues<char> NoHost = SearchValues.Create("/?#@ \"'\\\r\n");

    /// <summary>Who knows what follows may post there.</summary>
    private static readonly string[] Webhooks =
    [
        "://hooks.slack.com/services/",
        "://hooks.slack.com/triggers/",
        "://discord.com/api/webhooks/",
        "://discordapp.com/api/webhooks/",
        "://hooks.slack.com/workflows/",
        "://hooks.zapier.com/hooks/catch/",
        "://outlook.office.com/webhook/",
        "://open.feishu.cn/open-apis/bot/v2/hook/",
        "://open.larksuite.com/open-apis/bot/v2/hook/",
        "://hc-ping.com/",
    ];

    /// <summary>The same where each customer has a host of its own.</summary>
    private static readonly string[] WebhookPaths = [".webhook.office.com/webhookb2/"];

    /// <summary>The password; or the user, where that is a token.</summary>
    private static SecretRange? UserInfo(string text, int start, int colon, int end)
    {
        var user = text.AsSpan(start, (colon < 0 ? end : colon) - start);
        var password = colon < 0 ? [] : text.AsSpan(colon + 1, end - colon - 1);
        if (password is "x-oauth-basic" or "x")
            return ValueShape.IsPasswordLike(user) ? new(start, end) : null;
        if (password is "" or "password" or "pass")
            return ValueShape.IsRandom(user) ? new(start, end) : null;
        return ValueShape.IsRandom(user) ? new(start, end) : new(colon + 1, end);
    }

    public static SecretRange? Match(string text, int position)
    {
        if (!text.AsSpan(position).StartsWith("://", StringComparison.Ordinal))
            return null;
        foreach (var webhook in Webhooks)
        {
            if (text.Length - position < webhook.Length || (text[position + 3] | 0x20) != webhook[3])
                continue;
            if (!text.AsSpan(position).StartsWith(webhook, StringComparison.OrdinalIgnoreCase))
                continue;
            return Path(text, position + webhook.Length);
        }
        var host = text.AsSpan(position, Math.Min(MaxHost, text.Length - position));
        foreach (var webhook in WebhookPaths)
        {
            if (host.IndexOf(webhook, StringComparison.OrdinalIgnoreCase) is > 3 and var at && !host[3..at].ContainsAny(NoHost))
                return Path(text, position + at + webhook.Length);
        }
        return Password(text, position + 3);
    }

    /// <summary>What follows in an address that is a secret.</summary>
    private static SecretRange? Path(string text, int start)
    {
        var end = Characters.RunEnd(text, start, static value =>
            value is > ' ' and <= '~' and not ('"' or '\'' or '`' or '<' or '>' or '|' or '\\' or ')' or ']' or '}' or ',' or ';')
        );
        while (end > start && text[end - 1] is '.' or ':')
            end--;
        return end > start ? new(start, end) : null;
    }

    /// <summary>A password may have an "@": the last one before the path is the host's.</summary>
    private static int LastAt(string text, int at)
    {
        var rest = text.AsSpan(at, Math.Min(MaxHost, text.Length - at));
        var end = rest.IndexOfAny(AfterHost);
        return at + rest[..(end < 0 ? rest.Length : end)].LastIndexOf('@');
    }

    private static SecretRange? Password(string text, int start)
    {
        var colon = -1;
        var isPath = false;
        for (var index = start; index < Math.Min(text.Length, start + MaxUserInfo); index++)
        {
            var value = text[index];
            // A path may have an "@", too.
            if (value == '@')
                return isPath && !ValueShape.IsRandom(text.AsSpan(colon + 1, index - colon - 1))
                    ? null
                    : UserInfo(text, start, colon, LastAt(text, index));
            if (value == ':' && colon < 0)
                colon = index;
            // A password may have what it should not, "?" or "#"; behind a port that begins a query.
            if (
                value is '?' or '#'
                && (colon < 0 || index > colon + 1 && !text.AsSpan(colon + 1, index - colon - 1).ContainsAnyExceptInRange('0', '9'))
            )
                return null;
            if (value == '/' && colon >= 0 && text.AsSpan(colon + 1, index - colon - 1).ContainsAnyExceptInRange('0', '9'))
                isPath = true;
            else if (value is '/' or '"' or '\'' or '\\' or '<' or '>' || Characters.IsSpace(value))
                return null;
        }
        // Cut off before the "@", unless it is a port.
        var cut = !isPath && text.Length - start < MaxUserInfo && colon >= 0 && colon + 1 < text.Length && text[start] != '[';
        return cut && text.AsSpan(colon + 1).ContainsAnyExceptInRange('0', '9') ? new(colon + 1, text.Length) : null;
    }
}
