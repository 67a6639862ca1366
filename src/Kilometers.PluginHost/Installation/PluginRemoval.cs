using Kilometers.Audit;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Files;
using Kilometers.Packaging.Verification;
using Kilometers.PluginHost.Consent;
using Kilometers.PluginHost.Logs;

namespace Kilometers.PluginHost.Installation;

/// <summary>Removes a plugin that the user installed.</summary>
internal sealed class PluginRemoval(PluginPaths paths, AuditLog audit, TimeProvider time)
{
    private readonly StateFolders _states = new(paths.State);

    /// <summary>Removes it.</summary>
    /// <param name="name">The plugin.</param>
    /// <param name="keepData">Whether its state and its settings stay.</param>
    /// <param name="policy">Tells who published it, where the registry does not; null: it cannot be told.</param>
    /// <param name="cancellationToken">Gives up before anything is changed.</param>
    /// <exception cref="KmException">It is not installed, or cannot be removed.</exception>
    public async Task RemoveAsync(string name, bool keepData, VerificationPolicy? policy, CancellationToken cancellationToken)
    {
        using var held = await InstallationLock.TakeAsync(paths, time, cancellationToken).ConfigureAwait(false);
        var path = paths.PackageOf(name);
        if (!PluginName.IsValid(name) || !File.Exists(path))
            throw PluginInstaller.NotInstalled(name);
        var registry = PluginRegistry.Read(paths.Registry, out _);
        var known = registry.Plugins.GetValueOrDefault(name);
        var publisher = known?.Publisher ?? (policy is null ? null : KnownPlugin.Read(paths, name, policy).Publisher);
        audit.Append(
            new AuditRecord
            {
                Event = "plugin.remove",
                Decision = AuditDecision.Allowed,
                Plugin = name,
                Version = known?.Version,
                Digest = known?.PayloadDigest,
                Detail = keepData ? "its data stays" : null,
            }
        );
        try
        {
            File.Delete(path);
            PrivateFile.FlushDirectory(paths.Plugins);
            if (keepData && publisher is not null && Directory.Exists(_states.Find(name, publisher)))
                _states.Claim(name, publisher);
            if (!keepData)
            {
                _states.Delete(name);
                new PluginLogFiles(paths.Logs).Delete(name);
                if (File.Exists(paths.SettingsOf(name)))
                    File.Delete(paths.SettingsOf(name));
                new DisabledPlugins(paths.Disabled).Set(name, isDisabled: false);
            }

            // The highest release and the publisher stay: removing is not a way to an older one, or to another's.
            registry.Plugins[name] = new RegisteredPlugin { HighestSequence = known?.HighestSequence ?? 0, Publisher = publisher };
            registry.Write(paths.Registry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.InstallationFailed,
                    $"Plugin '{name}' cannot be removed completely",
                    e.Message,
                    $"Check the permissions of {paths.Home}"
                )
            );
        }
    }
}
