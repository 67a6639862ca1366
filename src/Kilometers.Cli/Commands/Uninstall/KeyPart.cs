using Kilometers.PluginHost.Accounts;

namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>The API key, which may be in a store of the system's.</summary>
internal sealed class KeyPart : IUninstallPart
{
    public IEnumerable<UninstallItem> Find(CommandContext context)
    {
        if (Account.Read(context.Paths.Account) is not { } account)
            yield break;
        var store = context.Account().Keys.Store();
        yield return new UninstallItem("API key", $"for {account.Endpoint}, in {store.Name}", () => store.Erase(account.Endpoint));
    }
}
