using Kilometers.Cli.Commands.Wrap;
using Kilometers.Clients.Changes;
using Kilometers.Clients.Servers;
using Kilometers.Contracts;
using Kilometers.Files;

namespace Kilometers.Cli.Commands.Uninstall;

/// <summary>
/// The servers of MCP clients that this km wrapped: without it they would not start. Only those that its directory has a record of, so that
/// another directory of km (KM_HOME) takes nothing away from this one.
/// </summary>
internal sealed class ClientPart : IUninstallPart
{
    public IEnumerable<UninstallItem> Find(CommandContext context)
    {
        if (UserHome.Find() is null)
            yield break;
        var access = new ClientAccess(context);
        foreach (var config in access.Find([]))
        {
            var paths = config
                .Entries.Where(entry => entry.IsWrapped && HasRecord(access.Store, config, entry))
                .Select(entry => entry.Path)
                .ToList();
            if (paths.Count > 0)
                yield return new UninstallItem("client", config.File, () => Unwrap(access.Store, context.Time, config, paths));
        }
    }

    private static bool HasRecord(WrapStore store, FoundConfig config, ServerEntry entry)
    {
        try
        {
            return store.Find(config.Source!.Path, entry.Path) is not null;
        }
        catch (KmException)
        {
            // It is there and damaged: unwrapping it reports why.
            return true;
        }
    }

    private static void Unwrap(WrapStore store, TimeProvider time, FoundConfig config, IReadOnlyList<IReadOnlyList<string>> paths)
    {
        using var held = store.TryLock() ?? throw new IOException("Another km is changing configurations.");
        _ = new ChangeWriter(store, time).Write(FileChange.Unwrap(config, paths, store));
    }
}
