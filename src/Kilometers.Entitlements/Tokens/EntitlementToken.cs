using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Entitlements.Tokens;

/// <summary>
/// What a customer may use, for a few minutes: one signed token for all plugins. A JWT of type <c>km-ent+jwt</c>, PS256. Who has one may use
/// it as the bearer of <c>POST /api/events/batch</c> until it expires: a plugin never gets the API key.
/// </summary>
public sealed record EntitlementToken
{
    /// <summary>The most characters that are read.</summary>
    public const int MaxSize = 64 * 1024;

    private const string Type = "km-ent+jwt";

    /// <summary>Who issued it: a URL.</summary>
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    /// <summary>The customer.</summary>
    [JsonPropertyName("sub")]
    public required string CustomerId { get; init; }

    /// <summary>This one token.</summary>
    [JsonPropertyName("jti")]
    public required string Id { get; init; }

    /// <summary>When it was issued, seconds since 1970.</summary>
    [JsonPropertyName("iat")]
    public required long IssuedAt { get; init; }

    /// <summary>When it ends, exclusive, seconds since 1970.</summary>
    [JsonPropertyName("exp")]
    public required long ExpiresAt { get; init; }

    /// <summary>Until when it counts on while the API cannot be reached, exclusive, seconds since 1970; not before <see cref="ExpiresAt"/>.</summary>
    public required long OfflineUntil { get; init; }

    /// <summary>The API key that it was issued for: its public part.</summary>
    public required string KeyId { get; init; }

    /// <summary><c>Free</c>, <c>Pro</c> or <c>Enterprise</c>.</summary>
    public required string Tier { get; init; }

    /// <summary>The features, like <c>api_logging</c>.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>The builds that may run, by the plugin's name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Plugins { get; init; }

    /// <summary>What the host asked with, base64.</summary>
    public required string Nonce { get; init; }

    /// <summary>The number of the newest revocation list.</summary>
    public required long RevocationNumber { get; init; }

    /// <summary>Signs it.</summary>
    /// <param name="issuer">The issuer's private key, RSA of at least 3072 bits.</param>
    /// <returns>ASCII.</returns>
    public string Sign(RSA issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return Encoding.ASCII.GetString(
            CompactJws.Sign(Type, JsonSerializer.SerializeToUtf8Bytes(this, TokenJsonContext.Default.EntitlementToken), issuer)
        );
    }

    /// <summary>Verifies and reads a token. Its times are not looked at: see <see cref="EntitlementClock"/>.</summary>
    /// <param name="token">What somebody presents.</param>
    /// <param name="issuer">Whose token is wanted.</param>
    /// <param name="issuerKey">The issuer's public key, SubjectPublicKeyInfo.</param>
    /// <returns>The token; null if it is none, damaged, another's, or not signed with that key. Which of these, nobody needs to know.</returns>
    public static EntitlementToken? Verify(string token, string issuer, byte[] issuerKey)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(issuerKey);
        var read = CompactJws.Read(Type, token, MaxSize, issuerKey, TokenJsonContext.Default.EntitlementToken);
        return read is not null && read.Issuer == issuer && read.IssuedAt < read.ExpiresAt && read.ExpiresAt <= read.OfflineUntil
            ? read
            : null;
    }

    /// <summary>Whether one build of a plugin may run.</summary>
    /// <param name="plugin">The plugin's name.</param>
    /// <param name="buildId">The build.</param>
    public bool Allows(string plugin, string buildId) => Plugins.TryGetValue(plugin, out var builds) && builds.Contains(buildId);

    /// <summary>Its identity only: the token is a secret until it expires.</summary>
    public override string ToString() => $"{Type} {Id}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 8)]
[JsonSerializable(typeof(EntitlementToken))]
internal sealed partial class TokenJsonContext : JsonSerializerContext;
