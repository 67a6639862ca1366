using Kilometers.Contracts;

namespace Kilometers.PluginHost.Accounts;

/// <summary>Keeps the API key of an address.</summary>
internal interface ICredentialStore
{
    /// <summary>Where it is kept, for people.</summary>
    string Name { get; }

    /// <returns>The key; null if there is none.</returns>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>.</exception>
    string? Get(string endpoint);

    /// <exception cref="KmException"><c>CFG_CRD_001</c>.</exception>
    void Store(string endpoint, string key);

    /// <summary>Forgets it; nothing happens where there is none.</summary>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>.</exception>
    void Erase(string endpoint);
}
