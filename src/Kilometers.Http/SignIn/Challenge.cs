using System.Text.RegularExpressions;

namespace Kilometers.Http.SignIn;

/// <summary>What a server says when a request lacks authorization (<c>WWW-Authenticate</c>, RFC 6750 and RFC 9728).</summary>
/// <param name="ResourceMetadata">Where it describes itself.</param>
/// <param name="Scopes">The permissions that the request needs.</param>
/// <param name="Error">Such as <c>insufficient_scope</c>.</param>
internal sealed partial record Challenge(string? ResourceMetadata, IReadOnlyList<string> Scopes, string? Error)
{
    private const string Scheme = "Bearer";

    /// <summary>Whether the token is good, but not for this.</summary>
    public bool WantsMoreScopes => Error == "insufficient_scope" && Scopes.Count > 0;

    /// <summary>Reads it from an answer; everything is null where the answer does not say it.</summary>
    public static Challenge Read(HttpResponseMessage response)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var values))
            foreach (var value in values)
                if (BearerOf(value) is { } text)
                    foreach (Match match in Parameter().Matches(text))
                        parameters.TryAdd(
                            match.Groups[1].Value,
                            match.Groups[2].Success ? Escape().Replace(match.Groups[2].Value, "$1") : match.Groups[3].Value
                        );
        return new Challenge(
            parameters.GetValueOrDefault("resource_metadata"),
            Split(parameters.GetValueOrDefault("scope")),
            parameters.GetValueOrDefault("error")
        );
    }

    /// <summary>The words of a list of scopes.</summary>
    public static IReadOnlyList<string> Split(string? scopes) =>
        scopes?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static string? BearerOf(string value) =>
        SchemeName().Match(value) is { Success: true } match ? value[(match.Index + match.Length)..] : null;

    [GeneratedRegex(@"(?<![\w""=])" + Scheme + @"(?![\w=])", RegexOptions.IgnoreCase)]
    private static partial Regex SchemeName();

    [GeneratedRegex(@"([A-Za-z0-9_-]+)\s*=\s*(?:""((?:[^""\\]|\\.)*)""|([^\s,""]+))")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();
}
