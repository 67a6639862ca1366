using System.Text.RegularExpressions;
using Kilometers.Analytics;

namespace Kilometers.Plugins.Analytics.Counting;

/// <summary>
/// Why a call failed. Codes of JSON-RPC and MCP say it exactly; most servers answer with a text only, and of that only what is unmistakable
/// counts. What says nothing else is the tool's own failure.
/// </summary>
internal static partial class ErrorKinds
{
    /// <summary>The kind of an error.</summary>
    /// <param name="code">Its code as text, or <c>tool_error</c>.</param>
    /// <param name="text">The beginning of what it says.</param>
    public static ErrorKind Of(string code, string text) =>
        code switch
        {
            "-32700" or "-32600" or "-32601" => ErrorKind.Protocol,
            "-32042" => ErrorKind.Auth, // The user has to open an address first, which is how servers of 2025-11-25 ask for a sign-in.
            "-32602" => UnknownName().IsMatch(text) ? ErrorKind.Protocol : ErrorKind.Schema,
            "401" or "403" => ErrorKind.Auth,
            "429" => ErrorKind.Quota,
            "408" or "504" => ErrorKind.Timeout,
            "502" or "503" => ErrorKind.Transport,
            _ => OfText(text) ?? (code is "-32002" or "unknown" ? ErrorKind.Protocol : ErrorKind.Tool),
        };

    /// <summary>Whether a text says that somebody waited for too long: clients give it as the reason of a cancellation.</summary>
    public static bool IsTimeout(string text) => Timeout().IsMatch(text);

    // Quota before auth: "403 rate limit exceeded". Schema last of all but before the default: its words are the most common.
    private static ErrorKind? OfText(string text) =>
        Quota().IsMatch(text) ? ErrorKind.Quota
        : Auth().IsMatch(text) ? ErrorKind.Auth
        : Timeout().IsMatch(text) ? ErrorKind.Timeout
        : Transport().IsMatch(text) ? ErrorKind.Transport
        : UnknownName().IsMatch(text) ? ErrorKind.Protocol
        : Schema().IsMatch(text) ? ErrorKind.Schema
        : null;

    [GeneratedRegex(
        @"^(MCP error -32602: )?(unknown|no such) (tool|prompt|method)\b|\b(tool|prompt) \S{1,100} (is )?(not found|unknown)",
        Options
    )]
    private static partial Regex UnknownName();

    [GeneratedRegex(
        @"\brate[ -]?limit|\btoo many requests\b|\bquota\b.{0,20}\b(exceeded|exhausted|reached)|\b(exceeded|exhausted|over)\b.{0,20}\bquota\b"
            + @"|\b(status|code|http|error):? ?(code )?429\b|\binsufficient_quota\b|\b429 too many",
        Options
    )]
    private static partial Regex Quota();

    [GeneratedRegex(
        @"\bunauthori[sz]ed\b|\bunauthenticated\b|\bauthentication (failed|required|error)|\bnot (authenticated|authori[sz]ed|logged in|signed in)\b"
            + @"|\b(invalid|expired|missing|bad) (api[ -]?key|token|credentials|access token)\b|\b(token|credentials) (has |have |is |are )?(expired|invalid)\b"
            + @"|\b(status|code|http|error):? ?(code )?(401|403)\b|\b(401|403) (unauthorized|forbidden)\b|\baccess denied\b|\bbad credentials\b",
        Options
    )]
    private static partial Regex Auth();

    [GeneratedRegex(@"\btimed[ -]?out\b|\btime-?out\b|\bETIMEDOUT\b|\bdeadline exceeded\b|\bcontext deadline\b", Options)]
    private static partial Regex Timeout();

    [GeneratedRegex(
        @"\bECONN(REFUSED|RESET|ABORTED)\b|\bENOTFOUND\b|\bEAI_AGAIN\b|\bEPIPE\b|\bEHOSTUNREACH\b|\bENETUNREACH\b|\bconnection (was )?(refused|reset|closed)\b"
            + @"|\bsocket hang up\b|\bfetch failed\b|\bgetaddrinfo\b|\bname resolution\b|\b(502 bad gateway|503 service unavailable)\b"
            + @"|\bcannot be reached$|\banswered HTTP 5\d\d\b",
        Options
    )]
    private static partial Regex Transport();

    [GeneratedRegex(
        @"\b-32602\b|\bvalidation (error|failed)|\binvalid (arguments?|params|parameters?|input)\b|\bmissing required\b|\brequired (property|parameter|argument|field)\b"
            + @"|\bis a required property\b|\bfield required\b|\bdoes not match (the )?schema\b|\binvalid_type\b|\bZodError\b",
        Options
    )]
    private static partial Regex Schema();

    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;
}
