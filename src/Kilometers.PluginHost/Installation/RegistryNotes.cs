using Kilometers.Contracts;

namespace Kilometers.PluginHost.Installation;

/// <summary>What sessions note in the registry for <c>km plugins list</c>. Never worth waiting for.</summary>
internal static class RegistryNotes
{
    /// <summary>These plugins became Active now.</summary>
    public static async Task AuthenticatedAsync(
        PluginPaths paths,
        IReadOnlyList<string> plugins,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (plugins.Count == 0)
            return;
        try
        {
            using var held = await InstallationLock.TakeAsync(paths, time, cancellationToken).ConfigureAwait(false);
            var registry = PluginRegistry.Read(paths.Registry, out var isDamaged);
            if (isDamaged)
                return;
            foreach (var plugin in plugins.Where(registry.Plugins.ContainsKey))
                registry.Plugins[plugin] = registry.Plugins[plugin] with { LastAuthenticated = time.GetUtcNow() };
            registry.Write(paths.Registry);
        }
        catch (Exception e) when (e is KmException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // A note that is missing in a listing.
        }
    }
}
