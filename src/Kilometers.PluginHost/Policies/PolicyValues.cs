using Kilometers.PluginHost.Egress;

namespace Kilometers.PluginHost.Policies;

/// <summary>What single values of a policy may be.</summary>
internal static class PolicyValues
{
    private const int MaxQuoted = 64;

    /// <summary>A feature of an entitlement, as manifests name them.</summary>
    public static bool IsFeature(string text) =>
        text.Length is >= 1 and <= 64
        && char.IsAsciiLetterLower(text[0])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <summary>What a network grant is held against, in the one form that has.</summary>
    public static bool IsHostAndPort(string text) =>
        text.Length <= 300 && !text.Any(char.IsAsciiLetterUpper) && HostPort.TryParse(text, out _);

    /// <summary>A text of a file as it is quoted in an error.</summary>
    public static string Quoted(string text) => text.Length <= MaxQuoted ? text : text[..MaxQuoted];
}
