using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kilometers.Api.Access;
using Kilometers.Api.Configuration;

namespace Kilometers.Api.Plugins;

/// <summary>Addresses of downloads: each for one customer and one build, for a while. They are no secret: the customer's key is needed as well.</summary>
internal sealed class DownloadLinks(ServerSecret secret, ApiOptions options, TimeProvider time)
{
    /// <summary>Makes an address.</summary>
    /// <returns>Relative to the API's, and when it ends.</returns>
    public (string Url, DateTimeOffset ExpiresAt) Create(string customerId, string buildId)
    {
        var expires = time.GetUtcNow().Add(options.DownloadLife).ToUnixTimeSeconds();
        var url = string.Create(
            CultureInfo.InvariantCulture,
            $"/api/plugins/download/{buildId}?expires={expires}&signature={Sign(customerId, buildId, expires)}"
        );
        return (url, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>Whether an address is ours, for this customer and build, and has not ended.</summary>
    public bool IsValid(string customerId, string buildId, string? expires, string? signature)
    {
        if (
            !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            || end <= time.GetUtcNow().ToUnixTimeSeconds()
        )
            return false;

        // As text: there is no decoding that could go wrong, and one form only.
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(signature ?? ""),
            Encoding.ASCII.GetBytes(Sign(customerId, buildId, end))
        );
    }

    private string Sign(string customerId, string buildId, long expires) =>
        Base64Url.EncodeToString(secret.SignLink(string.Create(CultureInfo.InvariantCulture, $"{customerId}\n{buildId}\n{expires}")));
}
