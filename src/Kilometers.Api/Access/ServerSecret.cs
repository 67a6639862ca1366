using System.Security.Cryptography;
using System.Text;
using Kilometers.Api.Configuration;
using Kilometers.Contracts.Api;

namespace Kilometers.Api.Access;

/// <summary>What only the nodes of this API know. One file; a key of its own is derived for each use.</summary>
internal sealed class ServerSecret
{
    private readonly byte[] _keyHashing;
    private readonly byte[] _links;
    private readonly byte[] _operatorKey;

    public ServerSecret(ApiOptions options)
    {
        var secret = options.Secrets.ReadOrMake("KeyHashFile", options.Secrets.KeyHashFile);
        _keyHashing = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "km-api api-key hash v1"u8.ToArray());
        _links = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "km-api download link v1"u8.ToArray());
        Fingerprint = Convert.ToHexStringLower(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 16, info: "km-api fingerprint v1"u8.ToArray())
        );
        _operatorKey = SHA256.HashData(options.Secrets.ReadOrMake("OperatorKeyFile", options.Secrets.OperatorKeyFile));
    }

    /// <summary>Tells one secret from another, and nothing else about it.</summary>
    public string Fingerprint { get; }

    /// <summary>What is stored of an API key. A key has 190 random bits: no slow hash is needed, and the secret makes a stolen table useless.</summary>
    public byte[] HashOf(ApiKey key) => HMACSHA256.HashData(_keyHashing, Encoding.ASCII.GetBytes(key.Text));

    /// <summary>Signs a download's address.</summary>
    public byte[] SignLink(string text) => HMACSHA256.HashData(_links, Encoding.UTF8.GetBytes(text));

    public bool IsOperatorKey(string presented) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(presented)), _operatorKey);
}
