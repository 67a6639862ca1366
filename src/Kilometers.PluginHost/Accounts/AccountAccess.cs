using Kilometers.Contracts;
using Kilometers.Contracts.Api;
using Kilometers.PluginHost.Api;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Accounts;

/// <summary>Who the user is at the API: what was noted at signing in, and the key, which may come from the environment alone.</summary>
internal sealed class AccountAccess(PluginPaths paths, KmSettings settings, string cliVersion, Func<string, string?>? environment = null)
{
    public KmSettings Settings { get; } = settings;

    public ApiKeySource Keys { get; } = new(settings, paths.Credentials, environment);

    /// <exception cref="KmException"><c>CFG_FIL_001</c>: the address is none that may be used.</exception>
    public string Endpoint => Settings.Get(KmSettings.Endpoint).Value;

    /// <summary>Whether there is anything to ask the API with. Needs no credential store: that may ask the user for a passphrase.</summary>
    public bool MaySignIn => Keys.Variable is not null || File.Exists(paths.Account);

    /// <summary>The account as noted, if it is that of the address and of the key in the environment.</summary>
    /// <exception cref="KmException"><c>CFG_FIL_001</c>, <c>CFG_KEY_001</c>.</exception>
    public Account? Known()
    {
        var account = Account.Read(paths.Account);
        if (account is null || account.Endpoint != Endpoint)
            return null;
        return Keys.Variable is null || Keys.Find(Endpoint)?.Id == account.KeyId ? account : null;
    }

    /// <summary>Account and key; asks the API who that is where a new key came by the environment.</summary>
    /// <returns>Null where there is no key.</returns>
    /// <exception cref="KmException">What the API, the store, or the settings say.</exception>
    public async Task<(Account Account, ApiKey Key)?> OpenAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Keys.Find(Endpoint) is not { } key)
            return null;
        if (Known() is { } known && known.KeyId == key.Id)
            return (known, key);
        return (await SignInAsync(key, limit, cancellationToken).ConfigureAwait(false), key);
    }

    /// <summary>Asks the API whose a key is, and notes it.</summary>
    /// <exception cref="KmException">What the API says.</exception>
    public async Task<Account> SignInAsync(ApiKey key, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var api = new ApiClient(Endpoint, key, cliVersion, limit);
        var status = await api.StatusAsync(cancellationToken).ConfigureAwait(false);
        var account = new Account
        {
            Endpoint = Endpoint,
            CustomerId = status.CustomerId,
            CustomerName = status.CustomerName,
            KeyId = key.Id,
            Issuer = status.Issuer,
            UpgradeUrl = status.UpgradeUrl,
        };
        try
        {
            account.Write(paths.Account);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(ErrorCode.InvalidConfiguration, $"{paths.Account} cannot be written", e.Message, "Check its permissions.")
            );
        }

        return account;
    }

    /// <summary>Nobody is signed in any more.</summary>
    public void SignOut(Account account)
    {
        Keys.Store().Erase(account.Endpoint);
        File.Delete(paths.Account);
        File.Delete(paths.Entitlement);
    }
}
