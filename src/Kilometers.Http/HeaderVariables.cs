using System.Text.RegularExpressions;

namespace Kilometers.Http;

/// <summary>Puts variables of the environment into headers: <c>${NAME}</c>. A key needs to be neither in a command line nor in a client's file.</summary>
internal static partial class HeaderVariables
{
    /// <param name="headers">The headers as they were written.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="missing">The first variable that is not there.</param>
    /// <returns>Null if one is missing.</returns>
    public static IReadOnlyList<KeyValuePair<string, string>>? Expand(
        IReadOnlyList<KeyValuePair<string, string>> headers,
        Func<string, string?> variable,
        out string? missing
    )
    {
        string? absent = null;
        var expanded = headers.Select(header => KeyValuePair.Create(header.Key, Reference().Replace(header.Value, Value))).ToList();
        missing = absent;
        return absent is null ? expanded : null;

        string Value(Match match)
        {
            var name = match.Groups[1].Value;
            var value = variable(name);
            absent ??= value is null ? name : null;
            return value ?? "";
        }
    }

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Reference();
}
