using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Kilometers.Api.Customers;
using Kilometers.Api.Hosting;

namespace Kilometers.Api.Plugins;

/// <summary>Addresses of downloads: each for one customer and one build, for a while. They are no secret: the customer's key is needed as well.</summary>
internal sealed class DownloadLinks(ServerSecret secret, ApiOptions options, TimeProvider time)
{
    /// <summary>Makes an address.</summary>
    /// <returns>Relative to the API's, and when it ends.</returns>
    public (string Url, DateTimeOffset ExpiresAt) Create(string customerId, string buildId)
    {
        var expires = time.GetUtcNow().Add(options.DownloadLife).ToUnixTimeSeconds();
        var url = string.Create(CultureInfo.InvariantCulture, $"/api/plugins/download/{buildId}?expires={expires}&signature={Base64Url.EncodeToString(Sign(customerId, buildId, expires))}");
        return (url, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    /// <summary>Whether an address is ours, for this customer and build, and has not ended.</summary>
    public bool IsValid(string customerId, string buildId, string? expires, string? signature)
    {
        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var end) || signature is null || end <= time.GetUtcNow().ToUnixTimeSeconds()) return false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return Base64Url.TryDecodeFromChars(signature, given, out var length) && length == given.Length && CryptographicOperations.FixedTimeEquals(given, Sign(customerId, buildId, end));
    }

    private byte[] Sign(string customerId, string buildId, long expires) => secret.SignLink(string.Create(CultureInfo.InvariantCulture, $"{customerId}\n{buildId}\n{expires}"));
}
