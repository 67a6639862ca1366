using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Entitlements.Tokens;

/// <summary>
/// That an API saw where an audit log stood. A JWT of type <c>km-audit+jwt</c>, PS256, by the issuer of the customer's entitlements: the type
/// keeps the two apart. Not a secret, and it never expires: it says what was.
/// </summary>
public sealed record AuditReceiptToken
{
    private const int MaxLength = 16 * 1024;
    private const string Type = "km-audit+jwt";

    /// <summary>Who saw it: a URL.</summary>
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    /// <summary>The customer.</summary>
    [JsonPropertyName("sub")]
    public required string CustomerId { get; init; }

    /// <summary>When, by the API's clock, seconds since 1970.</summary>
    [JsonPropertyName("iat")]
    public required long IssuedAt { get; init; }

    /// <summary>The installation of km.</summary>
    public required string Installation { get; init; }

    /// <summary>The log: SHA-256 of its public key.</summary>
    public required string Log { get; init; }

    /// <summary>The number of its last record.</summary>
    public required long Seq { get; init; }

    /// <summary>SHA-256 of that record.</summary>
    public required string Hash { get; init; }

    /// <summary>Signs it.</summary>
    /// <param name="issuer">The issuer's private key, RSA of at least 3072 bits.</param>
    /// <returns>ASCII.</returns>
    public string Sign(RSA issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return Encoding.ASCII.GetString(
            CompactJws.Sign(Type, JsonSerializer.SerializeToUtf8Bytes(this, ReceiptJsonContext.Default.AuditReceiptToken), issuer)
        );
    }

    /// <summary>Verifies and reads a receipt.</summary>
    /// <param name="token">What somebody presents.</param>
    /// <param name="issuer">Whose receipt is wanted.</param>
    /// <param name="issuerKey">The issuer's public key, SubjectPublicKeyInfo, base64.</param>
    /// <returns>The receipt; null if it is not one, damaged, another issuer's, or not signed with that key.</returns>
    public static AuditReceiptToken? Verify(string token, string issuer, string issuerKey)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(issuerKey);
        var key = new byte[issuerKey.Length];
        if (!Convert.TryFromBase64String(issuerKey, key, out var length))
            return null;
        return
            CompactJws.Read(Type, token, MaxLength, key[..length], ReceiptJsonContext.Default.AuditReceiptToken) is { Seq: > 0 } read
            && read.Issuer == issuer
            ? read
            : null;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 4)]
[JsonSerializable(typeof(AuditReceiptToken))]
internal sealed partial class ReceiptJsonContext : JsonSerializerContext;
