using System.Text.Json;
using System.Text.Json.Serialization;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.PluginHost.Accounts;

/// <summary>Who is signed in, as the API said at that time: <c>~/.km/config/account.json</c>. No secret.</summary>
internal sealed record Account
{
    private const int MaxFile = 64 * 1024;

    /// <summary>The API's address.</summary>
    public required string Endpoint { get; init; }

    public required string CustomerId { get; init; }

    public required string CustomerName { get; init; }

    /// <summary>The public part of the API key.</summary>
    public required string KeyId { get; init; }

    /// <summary>Who issues the customer's entitlements.</summary>
    public required string Issuer { get; init; }

    /// <summary>Where the customer upgrades; null where the API named no such place.</summary>
    public string? UpgradeUrl { get; init; }

    /// <returns>Null where nobody is signed in.</returns>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>: the file cannot be read.</exception>
    public static Account? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(PrivateFile.ReadTrusted(path, MaxFile), AccountJsonContext.Default.Account);
        }
        catch (IOException) when (!Path.Exists(path))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new KmException(
                new KmError(ErrorCode.InvalidConfiguration, $"{path} cannot be read", e.Message, "Sign in again: km auth login")
            );
        }
    }

    public void Write(string path) =>
        PrivateFile.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, AccountJsonContext.Default.Account));
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 4
)]
[JsonSerializable(typeof(Account))]
internal sealed partial class AccountJsonContext : JsonSerializerContext;
