using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kilometers.Entitlements.Seals;

/// <summary>
/// Whom a plugin's binary was made for. It makes every customer's binary unique, and tells the plugin which issuer's entitlements to
/// believe. It holds no secret: of the API key it knows only the public identifier.
/// </summary>
public sealed record CustomerSeal
{
    private const string Type = "km-seal+jwt";

    /// <summary>The customer.</summary>
    public required string CustomerId { get; init; }

    /// <summary>This one build.</summary>
    public required string BuildId { get; init; }

    /// <summary>The public part of the API key that it was built for.</summary>
    public required string KeyId { get; init; }

    /// <summary>Who issues the customer's entitlements: a URL, http or https, ASCII.</summary>
    public required string Issuer { get; init; }

    /// <summary>The issuer's public key: SubjectPublicKeyInfo of an RSA key of at least 3072 bits, DER.</summary>
    public required byte[] IssuerKey { get; init; }

    /// <summary>The plugin's name.</summary>
    public required string Plugin { get; init; }

    /// <summary>The plugin's version.</summary>
    public required string Version { get; init; }

    /// <summary>Signs a seal with its issuer's key: a JWS (RFC 7515) in compact form, PS256.</summary>
    /// <param name="issuer">The private key to <see cref="IssuerKey"/>.</param>
    /// <returns>ASCII.</returns>
    /// <exception cref="ArgumentException">The key is another one.</exception>
    public byte[] Sign(RSA issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        if (!issuer.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(IssuerKey))
            throw new ArgumentException("The key is not the issuer's", nameof(issuer));
        return CompactJws.Sign(Type, JsonSerializer.SerializeToUtf8Bytes(this, SealJsonContext.Default.CustomerSeal), issuer);
    }

    /// <summary>
    /// Reads a seal. Its own signature proves only that it is whole and that its issuer wrote it; that the issuer is ours follows from the
    /// package's signature over the binary.
    /// </summary>
    /// <param name="token">What <see cref="Sign"/> gave.</param>
    /// <returns>The seal; null if it is none, damaged, or not signed by the issuer that it names.</returns>
    public static CustomerSeal? Read(ReadOnlySpan<byte> token)
    {
        if (token.Length > SealedExecutable.MaxSize)
            return null;
        try
        {
            if (CompactJws.Split(Type, token) is not { } parts)
                return null;
            var seal = JsonSerializer.Deserialize(parts.Payload, SealJsonContext.Default.CustomerSeal);
            return seal is not null && IsUrl(seal.Issuer) && parts.IsSignedBy(seal.IssuerKey) ? seal : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    private static bool IsUrl(string text) =>
        text.All(c => c is > ' ' and <= '~')
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 4)]
[JsonSerializable(typeof(CustomerSeal))]
internal sealed partial class SealJsonContext : JsonSerializerContext;
