using Kilometers.Cli.Commands.Http;

namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>The sign-ins to servers, which may be in a store of the system's.</summary>
internal sealed class SignInPart : IUninstallPart
{
    public IEnumerable<UninstallItem> Find(CommandContext context)
    {
        if (!Directory.Exists(context.Paths.SignIns))
            yield break;
        var store = SignInFlags.Store(context);
        foreach (var (key, _) in store.List())
            yield return new UninstallItem("sign-in", $"to {key.Server}", () => store.Erase(key));
    }
}
