using System.Net;

namespace Kilometers.PluginHost.Accounts;

/// <summary>Which addresses may be those of the API: a key goes nowhere unencrypted but to this machine itself.</summary>
internal static class ApiEndpoint
{
    /// <returns>What is wanted instead; null if the address may be used.</returns>
    public static string? WhyInvalid(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url)
        && url.UserInfo.Length == 0
        && url.Query.Length == 0
        && url.Fragment.Length == 0
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsThisMachine(url)))
            ? null
            : "an address like https://api.example.com; http only to this machine";

    private static bool IsThisMachine(Uri url) =>
        url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
