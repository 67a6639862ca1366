using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Credentials;
using Kilometers.Files;
using Kilometers.PluginHost.Accounts;

namespace Kilometers.PluginHost.Authorization;

/// <summary>
/// What the API last said of this user's entitlement, shared by all km of the user: one asks, all know. A file for the user alone, encrypted
/// for this machine; a damaged one is as none.
/// </summary>
internal sealed class EntitlementCache(string path)
{
    private const string Label = "km entitlement cache";
    private const int MaxSize = 1 << 20;

    public CachedEntitlement? Read()
    {
        try
        {
            return MachineBoundEncryption.Decrypt(PrivateFile.ReadTrusted(path, MaxSize), Label) is { } content
                ? JsonSerializer.Deserialize(content, CacheJsonContext.Default.CachedEntitlement)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(CachedEntitlement entitlement) =>
        PrivateFile.Replace(
            path,
            MachineBoundEncryption.Encrypt(
                JsonSerializer.SerializeToUtf8Bytes(entitlement, CacheJsonContext.Default.CachedEntitlement),
                Label
            ),
            durable: false
        );
}

/// <summary>The content of the cache.</summary>
internal sealed record CachedEntitlement
{
    /// <summary>Whose it is: another key or address makes it worthless.</summary>
    public required string KeyId { get; init; }

    public required string Endpoint { get; init; }

    /// <summary>The token; null after a denial.</summary>
    public string? Token { get; init; }

    /// <summary>The key that it was signed with, SubjectPublicKeyInfo, as the API named it together with the token.</summary>
    public byte[]? IssuerKey { get; init; }

    /// <summary>The builds that the token was asked for: other ones need another.</summary>
    public required IReadOnlyList<string> Builds { get; init; }

    /// <summary>When the API last answered, seconds since 1970, by this machine's clock.</summary>
    public required long AnsweredAt { get; init; }

    /// <summary>When it was last asked.</summary>
    public required long AskedAt { get; init; }

    /// <summary>The latest time ever seen in tokens and answers.</summary>
    public required long Latest { get; init; }

    /// <summary>The code and the words of the last refusal or outage; null after a good answer.</summary>
    public string? ErrorCode { get; init; }

    public string? Error { get; init; }

    public string? Hint { get; init; }

    /// <summary>Rises with each writing: tells a new answer from the one that was there.</summary>
    public required long Number { get; init; }

    /// <summary>Whether the last question was answered, be it with a refusal.</summary>
    [JsonIgnore]
    public bool IsAnswered => AnsweredAt >= AskedAt;

    /// <summary>Nothing was answered yet.</summary>
    public static CachedEntitlement Empty(Account account) =>
        new()
        {
            KeyId = account.KeyId,
            Endpoint = account.Endpoint,
            Builds = [],
            AnsweredAt = 0,
            AskedAt = 0,
            Latest = 0,
            Number = 0,
        };

    /// <summary>Whether it is about an account.</summary>
    public bool IsOf(Account account) => KeyId == account.KeyId && Endpoint == account.Endpoint;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 8)]
[JsonSerializable(typeof(CachedEntitlement))]
internal sealed partial class CacheJsonContext : JsonSerializerContext;
