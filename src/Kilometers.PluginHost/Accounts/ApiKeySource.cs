using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.Credentials;

namespace Kilometers.PluginHost.Accounts;

/// <summary>Finds the user's API key: the environment first, then the store that the settings name, or the first that there is.</summary>
internal sealed class ApiKeySource(KmSettings settings, string folder, Func<string, string?>? environment = null)
{
    /// <summary>The variables that hold a key; never passed on to any child that is not the user's own server.</summary>
    public static readonly IReadOnlyList<string> Variables = CredentialStores.KeyVariables;

    private readonly Func<string, string?> _environment = environment ?? Environment.GetEnvironmentVariable;

    /// <summary>The variable that holds a key; null if none does.</summary>
    public string? Variable => VariableIn(_environment);

    /// <summary>The key of this process's environment; null where there is none, or what is there is no key.</summary>
    public static ApiKey? OfEnvironment() =>
        VariableIn(Environment.GetEnvironmentVariable) is { } variable ? ApiKey.Parse(Environment.GetEnvironmentVariable(variable)) : null;

    /// <summary>Where a key is kept that is signed in with.</summary>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>: the helper that the settings name is not there.</exception>
    public ICredentialStore Store() =>
        CredentialStores.Open(settings.Get(KmSettings.CredentialHelper).Value, folder, SecretKind.ApiKey, _environment);

    /// <summary>The key for an address.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="KmException"><c>CFG_KEY_001</c>: what is there is no key. <c>CFG_CRD_001</c>: the store cannot be read.</exception>
    public ApiKey? Find(string endpoint)
    {
        var (text, where) = Variable is { } variable ? (_environment(variable), variable) : (Store().Get(endpoint), Store().Name);
        if (text is null)
            return null;
        return ApiKey.Parse(text)
            ?? throw new KmException(
                new KmError(
                    ErrorCode.InvalidApiKey,
                    $"{where} holds no API key",
                    "A key begins with km_live_ and ends with a checksum: it may have been cut off.",
                    "Copy the whole key."
                )
            );
    }

    private static string? VariableIn(Func<string, string?> environment) =>
        Variables.FirstOrDefault(variable => WrittenText.Trim(environment(variable)).Length > 0);
}
