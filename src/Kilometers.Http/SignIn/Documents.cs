using System.Text.Json.Serialization;

namespace Kilometers.Http.SignIn;

/// <summary>How a server describes what protects it (RFC 9728).</summary>
internal sealed record ResourceDocument
{
    public string? Resource { get; init; }

    public IReadOnlyList<string>? AuthorizationServers { get; init; }

    public IReadOnlyList<string>? ScopesSupported { get; init; }
}

/// <summary>How an authorization server describes itself (RFC 8414, OpenID Connect Discovery).</summary>
internal sealed record IssuerDocument
{
    public string? Issuer { get; init; }

    public string? AuthorizationEndpoint { get; init; }

    public string? TokenEndpoint { get; init; }

    public string? RegistrationEndpoint { get; init; }

    public IReadOnlyList<string>? ScopesSupported { get; init; }

    public IReadOnlyList<string>? CodeChallengeMethodsSupported { get; init; }

    public IReadOnlyList<string>? TokenEndpointAuthMethodsSupported { get; init; }

    public bool ClientIdMetadataDocumentSupported { get; init; }

    public bool AuthorizationResponseIssParameterSupported { get; init; }
}

/// <summary>km, as it registers itself (RFC 7591).</summary>
internal sealed record RegistrationRequest
{
    public string ClientName { get; init; } = "Kilometers (km)";

    public string ApplicationType { get; init; } = "native";

    public required IReadOnlyList<string> RedirectUris { get; init; }

    public IReadOnlyList<string> GrantTypes { get; init; } = ["authorization_code", "refresh_token"];

    public IReadOnlyList<string> ResponseTypes { get; init; } = ["code"];

    public string TokenEndpointAuthMethod { get; init; } = ClientIdentity.NoMethod;

    public string? Scope { get; init; }
}

/// <summary>What it is then called.</summary>
internal sealed record RegistrationAnswer
{
    public string? ClientId { get; init; }

    public string? ClientSecret { get; init; }

    public string? TokenEndpointAuthMethod { get; init; }
}

/// <summary>Tokens, or why there are none (RFC 6749).</summary>
internal sealed record TokenAnswer
{
    public string? AccessToken { get; init; }

    public string? TokenType { get; init; }

    public double? ExpiresIn { get; init; }

    public string? RefreshToken { get; init; }

    public string? Error { get; init; }

    public string? ErrorDescription { get; init; }

    /// <summary>A record prints its values; these are secrets.</summary>
    public override string ToString() => Error ?? "tokens";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString
)]
[JsonSerializable(typeof(ResourceDocument))]
[JsonSerializable(typeof(IssuerDocument))]
[JsonSerializable(typeof(RegistrationRequest))]
[JsonSerializable(typeof(RegistrationAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class SignInJson : JsonSerializerContext;
