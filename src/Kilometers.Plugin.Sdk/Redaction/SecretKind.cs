namespace Kilometers.Plugin.Sdk.Redaction;

/// <summary>What a secret is, as far as its form tells.</summary>
public enum SecretKind
{
    /// <summary>Something that only its surroundings call secret: a name before it, a column's heading, an encoding around it.</summary>
    Other,

    /// <summary>An access token, an API key or a similar credential of a known form.</summary>
    Token,

    /// <summary>A private key in a PEM block.</summary>
    PrivateKey,

    /// <summary>The credentials in a URL or connection string.</summary>
    UrlPassword,

    /// <summary>The hash of a password.</summary>
    PasswordHash,

    /// <summary>The number of a payment card, with the right check digit.</summary>
    PaymentCard,
}
