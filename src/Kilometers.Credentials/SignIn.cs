using System.Text.Json.Serialization;

namespace Kilometers.Credentials;

/// <summary>What km knows of a user's sign-in to a server that is reached over HTTP. All of it is kept as one secret.</summary>
public sealed record SignIn
{
    /// <summary>The authorization server that issued the tokens.</summary>
    public required string Issuer { get; init; }

    /// <summary>Where it renews them.</summary>
    public required string TokenEndpoint { get; init; }

    /// <summary>What the tokens are for.</summary>
    public required string Resource { get; init; }

    /// <summary>Who km is there.</summary>
    public required string ClientId { get; init; }

    /// <summary>The secret that km got when it registered; null if none, or if it comes from the environment.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>How km proves that it is that client: <c>none</c>, <c>client_secret_basic</c> or <c>client_secret_post</c>.</summary>
    public required string ClientMethod { get; init; }

    /// <summary>What requests to the server carry.</summary>
    public required string AccessToken { get; init; }

    /// <summary>Renews it; null if the user must sign in again.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>When the access token expires, in seconds since 1970; null if it is not known.</summary>
    public long? Expires { get; init; }

    /// <summary>What was requested for it, separated by spaces.</summary>
    public string Scope { get; init; } = "";

    /// <summary>A record prints its values; these are secrets.</summary>
    public override string ToString() => $"sign-in at {Issuer}";
}

/// <summary>A sign-in without its secrets, as it is listed.</summary>
/// <param name="Server">The address of the server, without its query.</param>
/// <param name="Client">The client that the user named; null: km registered itself.</param>
/// <param name="Issuer">The authorization server.</param>
/// <param name="Scope">What was requested, separated by spaces.</param>
public sealed record SignInSummary(string Server, string? Client, string Issuer, string Scope);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SignIn))]
[JsonSerializable(typeof(SignInSummary))]
internal sealed partial class SignInJson : JsonSerializerContext;
