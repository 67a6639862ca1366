using Kilometers.Contracts;

namespace Kilometers.Credentials;

/// <summary>Keeps secrets of the user, each for an address.</summary>
public interface ICredentialStore
{
    /// <summary>Where it is kept, for people.</summary>
    string Name { get; }

    /// <param name="address">What the secret is for.</param>
    /// <returns>The secret; null if there is none.</returns>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>.</exception>
    string? Get(string address);

    /// <param name="address">What the secret is for.</param>
    /// <param name="secret">ASCII.</param>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>.</exception>
    void Store(string address, string secret);

    /// <summary>Forgets it; nothing happens where there is none.</summary>
    /// <param name="address">What the secret is for.</param>
    /// <exception cref="KmException"><c>CFG_CRD_001</c>.</exception>
    void Erase(string address);
}
