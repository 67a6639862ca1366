using System.Security.Cryptography;
using Kilometers.Entitlements.Tokens;

namespace Kilometers.Entitlements.Tests;

/// <summary>An issuer and what it issues.</summary>
internal static class Tokens
{
    public const string Issuer = "https://api.example.com";
    public const long IssuedAt = 1_800_000_000;

    public static RSA Key { get; } = RSA.Create(3072);

    public static byte[] PublicKey { get; } = Key.ExportSubjectPublicKeyInfo();

    public static EntitlementToken Create() =>
        new()
        {
            Issuer = Issuer,
            CustomerId = "cus_1",
            Id = "t1",
            IssuedAt = IssuedAt,
            ExpiresAt = IssuedAt + 600,
            OfflineUntil = IssuedAt + (72 * 3600),
            KeyId = "k1",
            Tier = "Pro",
            Features = ["api_logging"],
            Plugins = new Dictionary<string, IReadOnlyList<string>> { ["api-logger"] = ["b1", "b2"] },
            Nonce = "AAAA",
            RevocationNumber = 7,
        };
}
