namespace Kilometers.Credentials;

/// <summary>What a store keeps, in the words of its errors.</summary>
/// <param name="Noun">With its article: <c>the API key</c>.</param>
/// <param name="Label">What its file is sealed as.</param>
/// <param name="FileSuffix">The suffix of its file.</param>
/// <param name="Hint">What a user can do who lost it.</param>
public sealed record SecretKind(string Noun, string Label, string FileSuffix, string Hint)
{
    /// <summary>The key of an account.</summary>
    public static readonly SecretKind ApiKey = new("the API key", "km api key", ".key", "Sign in again: km auth login; or set KM_API_KEY.");

    /// <summary>The tokens for a server that is reached over HTTP.</summary>
    public static readonly SecretKind SignIn = new(
        "the sign-in of a server",
        "km sign-in",
        ".sign-in",
        "Forget it: km auth logout --server URL; then connect again."
    );
}
