using System.Globalization;
using Kilometers.Audit;
using Kilometers.Cli.Commands;
using Kilometers.Cli.Output;
using Kilometers.PluginHost;
using Kilometers.PluginHost.Accounts;
using Kilometers.PluginHost.Authorization;
using Kilometers.PluginHost.Installation;
using Kilometers.Processes.Isolation;

namespace Kilometers.Cli;

/// <summary>Puts the parts together, by hand: fast to start, and easy to follow.</summary>
internal static class Composition
{
    public static PluginHosting CreatePluginHost(MonitorOptions options, StandardError errors, TimeProvider time)
    {
        var paths = PluginPaths.Default();
        var presenter = new PluginPresenter(errors, options.Quiet);
        return new PluginHosting(
            new PluginHostingOptions
            {
                HostVersion = RootCommandLine.Version,
                ServerLabel = options.Name,
                QueueSize = options.QueueSize,
                Color = errors.Colors,
                Installed = options.NoPlugins ? null : paths,
                Entitlements = () => CreateEntitlements(paths, KmSettings.Read(paths.Settings), time),
                BuiltInRoot = BuiltInRoot.Pem,
                DevPlugins = options.NoPlugins ? [] : options.DevPlugins,
                DevelopmentAccess = [.. options.DevelopmentAccess.Select(Path.GetFullPath)],
                Launcher = OperatingSystem.IsWindows() ? [] : OwnProgram.InMode(SandboxCommand.Name),
            },
            new AuditLog(paths.Audit, time),
            presenter,
            time);
    }

    public static EntitlementSource CreateEntitlements(PluginPaths paths, KmSettings settings, TimeProvider time) => new(
        new AccountAccess(paths, settings, RootCommandLine.Version),
        new EntitlementOptions
        {
            CliVersion = RootCommandLine.Version,
            CacheFile = paths.Entitlement,
            Refresh = TimeSpan.FromSeconds(int.Parse(settings.Get(KmSettings.EntitlementRefresh).Value, CultureInfo.InvariantCulture)),
        },
        time);
}
