using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kilometers.Entitlements;

/// <summary>
/// A JWS (RFC 7515) in compact form with one accepted header, byte for byte: neither algorithm nor type can be chosen by who made the token
/// (RFC 8725, 3.1 and 3.11). PS256 with keys of at least 3072 bits.
/// </summary>
internal static class CompactJws
{
    private const int MinKey = 3072;

    public static byte[] Sign(string type, ReadOnlySpan<byte> payload, RSA key)
    {
        var signed = $"{Base64Url.EncodeToString(Header(type))}.{Base64Url.EncodeToString(payload)}";
        return Encoding.ASCII.GetBytes(
            $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pss))}"
        );
    }

    /// <summary>Takes a token apart; nobody has verified it yet.</summary>
    /// <returns>Null if it has not the header of this type.</returns>
    /// <exception cref="FormatException">A part is not base64url.</exception>
    public static Parts? Split(string type, ReadOnlySpan<byte> token)
    {
        var parts = Encoding.ASCII.GetString(token).Split('.');
        return parts.Length == 3 && Base64Url.DecodeFromChars(parts[0]).AsSpan().SequenceEqual(Header(type))
            ? new Parts(
                Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"),
                Base64Url.DecodeFromChars(parts[1]),
                Base64Url.DecodeFromChars(parts[2])
            )
            : null;
    }

    /// <summary>Verifies and reads a token of this type.</summary>
    /// <returns>Null if it is too long, damaged, of another form, or not signed with the key. Which of these, nobody needs to know.</returns>
    public static T? Read<T>(string type, string token, int maxLength, byte[] key, JsonTypeInfo<T> form)
        where T : class
    {
        if (token.Length > maxLength)
            return null;
        try
        {
            return Split(type, Encoding.ASCII.GetBytes(token)) is { } parts && parts.IsSignedBy(key)
                ? JsonSerializer.Deserialize(parts.Payload, form)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Header(string type) => Encoding.ASCII.GetBytes($$"""{"alg":"PS256","typ":"{{type}}"}""");

    internal sealed record Parts(byte[] Signed, byte[] Payload, byte[] Signature)
    {
        /// <exception cref="CryptographicException">The key is none.</exception>
        public bool IsSignedBy(byte[] key)
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(key, out _);
            return rsa.KeySize >= MinKey && rsa.VerifyData(Signed, Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        }
    }
}
