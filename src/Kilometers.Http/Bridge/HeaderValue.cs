using System.Text;
using System.Text.Json;

namespace Kilometers.Http.Bridge;

/// <summary>How a value of a message is written in a header (MCP 2026-07-28, "Streamable HTTP").</summary>
internal static class HeaderValue
{
    private const string Prefix = "=?base64?";
    private const string Suffix = "?=";

    /// <summary>Text as it is, if a header can carry it; else in Base64.</summary>
    public static string Encode(string value) =>
        IsPlain(value) ? value : Prefix + Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) + Suffix;

    /// <summary>The value of a parameter.</summary>
    /// <returns>Null for what has no form in a header: null, objects, lists.</returns>
    public static string? Encode(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => Encode(value.GetString()!),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };

    private static bool IsPlain(string value) =>
        value.All(c => c is '\t' or (>= ' ' and <= '~'))
        && value.Trim() == value
        && !(value.StartsWith(Prefix, StringComparison.Ordinal) && value.EndsWith(Suffix, StringComparison.Ordinal));
}
